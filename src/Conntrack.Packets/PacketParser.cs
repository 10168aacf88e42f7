using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets;

/// <summary>
/// Stage Parse for one packet: finds the headers, verifies lengths and checksums, and fills in tuple and hash. It keeps nothing, allocates
/// nothing, throws nothing, and never reads a byte outside the buffer, whatever the frame claims.
/// </summary>
/// <remarks>
/// What nearly every packet is stands in PacketParser.Plain.cs; this file is the whole truth about Ethernet, IP, TCP and UDP. What is seldom lives
/// beside it in Parsing/ and is called, never inlined, so that its code stays out of the way.
/// <code>
/// frame   | Ethernet, tags | IP header, options | transport header | payload | padding
///           LinkLength       Ip                   Transport
///                            |&lt;----------------- IpLength --------------------&gt;|
///                                                 |&lt;------ TransportLength -----&gt;|
/// </code>
/// Headers must lie in the first segment of the buffer, payload may continue in the following ones. Of a rejected packet
/// only <see cref="Packet.Family"/> and <see cref="Packet.LinkLength"/> say something, the rest is zero.
/// </remarks>
public static unsafe partial class PacketParser
{
    /// <summary>TCP flags that take part in <see cref="LegalFlags"/>: all but PSH, ECE and CWR, which may stand with any others.</summary>
    const int JudgedFlags = TcpHeader.Fin | TcpHeader.Syn | TcpHeader.Reset | TcpHeader.Ack | TcpHeader.Urgent;

    /// <summary>The combinations nf_conntrack takes for sane, a bit for each value of the judged flags.</summary>
    const ulong LegalFlags =
        (1ul << TcpHeader.Syn)
        | (1ul << (TcpHeader.Syn | TcpHeader.Urgent))
        | (1ul << (TcpHeader.Syn | TcpHeader.Ack))
        | (1ul << TcpHeader.Reset)
        | (1ul << (TcpHeader.Reset | TcpHeader.Ack))
        | (1ul << (TcpHeader.Fin | TcpHeader.Ack))
        | (1ul << (TcpHeader.Fin | TcpHeader.Ack | TcpHeader.Urgent))
        | (1ul << TcpHeader.Ack)
        | (1ul << (TcpHeader.Ack | TcpHeader.Urgent));

    /// <summary>RouterOS's connections live in one zone.</summary>
    internal const ushort Zone = 0;

    /// <summary>
    /// Parses the frame in <see cref="Packet.Mbuf"/> of <see cref="Packet.FrameLength"/> bytes. Fills Ip, Transport, LinkLength, IpLength,
    /// TransportLength, Family, Protocol, TcpFlags, Marks, Tuple (of IPv6 the ports) and Hash; leaves everything else alone.
    /// </summary>
    /// <returns><see cref="DropReason.None"/> for a sound IP packet and for what is not IP; else why it cannot go on.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DropReason Parse(Packet* packet, ChecksumPolicy policy, FlowHash* hash) =>
        TryPlain(packet, policy, hash) ? DropReason.None : ParseAny(packet, policy, hash);

    /// <summary>The same where <see cref="TryPlain"/> has been asked already.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static DropReason ParseAny(Packet* packet, ChecksumPolicy policy, FlowHash* hash) =>
        TryVerified(packet, policy, hash) ? DropReason.None : ParseInFull(packet, policy, hash);

    /// <summary>The same of any packet, plain ones included.</summary>
    [SkipLocalsInit]
    internal static DropReason ParseInFull(Packet* packet, ChecksumPolicy policy, FlowHash* hash)
    {
        Mbuf* mbuf = packet->Mbuf;
        byte* frame = mbuf->Data;
        uint held = mbuf->DataLength;
        uint link = EthernetHeader.ByteSize;
        if (held < link)
        {
            return Reject(packet, PacketFamily.NotIp, held, DropReason.BadEthernetHeader);
        }

        ushort etherType = ((EthernetHeader*)frame)->EtherType;
        if (etherType != EtherType.Ipv4 && etherType != EtherType.Ipv6)
        {
            VlanTags.Payload payload = VlanTags.Skip(frame, held, etherType);
            etherType = payload.EtherType;
            link = payload.Offset;
            if (etherType != EtherType.Ipv4 && etherType != EtherType.Ipv6)
            {
                return Reject(packet, PacketFamily.NotIp, link, payload.IsCutOff ? DropReason.BadEthernetHeader : DropReason.None);
            }
        }

        packet->LinkLength = (ushort)link;
        packet->Ip = frame + link;
        return etherType == EtherType.Ipv4
            ? Ipv4(packet, frame + link, link, held - link, policy, hash)
            : Ipv6(packet, frame + link, link, held - link, policy, hash);
    }

    /// <param name="packet">The packet; Ip and LinkLength are set.</param>
    /// <param name="ip">The IP header.</param>
    /// <param name="link">Bytes before it.</param>
    /// <param name="held">Bytes of the first segment from there on.</param>
    /// <param name="policy">Whether to compute checksums.</param>
    /// <param name="hash">The hash under the table's key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static DropReason Ipv4(Packet* packet, byte* ip, uint link, uint held, ChecksumPolicy policy, FlowHash* hash)
    {
        if (held < Ipv4Header.ByteSize)
        {
            return Reject(packet, PacketFamily.Ipv4, link, DropReason.BadIpHeader);
        }

        Ipv4Header* header = (Ipv4Header*)ip;
        uint headerLength = Ipv4Header.ByteSize;
        PacketMarks marks = PacketMarks.None;
        uint versionAndLength = header->VersionAndLength;
        if (versionAndLength != Ipv4Header.Plain)
        {
            headerLength = (versionAndLength & 0xf) * 4;
            marks = PacketMarks.Options;
            if (versionAndLength >> 4 != 4 || headerLength < Ipv4Header.ByteSize || headerLength > held)
            {
                return Reject(packet, PacketFamily.Ipv4, link, DropReason.BadIpHeader);
            }
        }

        uint length = BinaryPrimitives.ReverseEndianness(header->TotalLength);
        if (length < headerLength || length > packet->FrameLength - link)
        {
            return Reject(packet, PacketFamily.Ipv4, link, DropReason.BadIpHeader);
        }

        ulong offload = packet->Mbuf->OffloadFlags;
        bool verifyHeader = policy == ChecksumPolicy.Verify && (offload & ReceiveOffload.IpChecksumGood) == 0;
        if (verifyHeader && HeaderSum(ip, headerLength) != ushort.MaxValue)
        {
            return Reject(packet, PacketFamily.Ipv4, link, DropReason.BadIpChecksum);
        }

        byte protocol = header->Protocol;
        ulong addresses = header->Addresses;
        byte* transport = ip + headerLength;
        uint transportLength = length - headerLength;
        uint available = Math.Min(held - headerLength, transportLength);
        packet->IpLength = length;
        packet->Family = PacketFamily.Ipv4;
        packet->Tuple.Addresses = addresses;

        TransportFacts facts;
        if ((header->Fragment & Ipv4Header.FragmentMask) == 0)
        {
            bool verify = policy == ChecksumPolicy.Verify && (offload & ReceiveOffload.TransportChecksumGood) == 0;
            facts = Transport(packet, transport, transportLength, available, protocol, verify);
        }
        else
        {
            bool later = (header->Fragment & Ipv4Header.FragmentOffsetMask) != 0;
            facts = later ? FragmentTransport.Later() : FragmentTransport.First(transport, available, protocol, PacketFamily.Ipv4);
        }

        facts = facts.With(marks);
        Finish(packet, transport, transportLength, protocol, facts);
        packet->Hash = hash->Hash4(addresses, facts.Ports, protocol, Zone);
        return DropReason.None;
    }

    /// <inheritdoc cref="Ipv4"/>
    static DropReason Ipv6(Packet* packet, byte* ip, uint link, uint held, ChecksumPolicy policy, FlowHash* hash)
    {
        Ipv6Header* header = (Ipv6Header*)ip;
        if (held < Ipv6Header.ByteSize || header->VersionByte >> 4 != 6)
        {
            return Reject(packet, PacketFamily.Ipv6, link, DropReason.BadIpHeader);
        }

        byte protocol = header->NextHeader;
        uint length = Ipv6Header.ByteSize + (uint)BinaryPrimitives.ReverseEndianness(header->PayloadLength);

        // No payload, yet a hop-by-hop header: a jumbogram (RFC 2675), whose length no frame here can have.
        bool jumbogram = length == Ipv6Header.ByteSize && protocol == IpProtocol.HopByHop;
        if (length > packet->FrameLength - link || jumbogram)
        {
            return Reject(packet, PacketFamily.Ipv6, link, DropReason.BadIpHeader);
        }

        packet->IpLength = length;
        packet->Family = PacketFamily.Ipv6;
        packet->Tuple.Addresses = 0;

        uint headerLength = Ipv6Header.ByteSize;
        bool verify = policy == ChecksumPolicy.Verify && (packet->Mbuf->OffloadFlags & ReceiveOffload.TransportChecksumGood) == 0;
        PacketMarks marks = PacketMarks.None;
        if (protocol != IpProtocol.Tcp && protocol != IpProtocol.Udp && Ipv6Extensions.Contains(protocol))
        {
            Ipv6Extensions.Chain chain = Ipv6Extensions.Walk(ip, Math.Min(held, length), protocol);
            headerLength = chain.Offset;
            protocol = chain.Protocol;
            marks = chain.Marks;
            verify &= !chain.HidesAddresses;
        }

        byte* transport = ip + headerLength;
        uint transportLength = length - headerLength;
        uint available = Math.Min(held - headerLength, transportLength);
        TransportFacts facts =
            (marks & PacketMarks.TransportMalformed) != 0 ? default
            : (marks & PacketMarks.Fragment) == 0 ? Transport(packet, transport, transportLength, available, protocol, verify)
            : (marks & PacketMarks.LaterFragment) != 0 ? FragmentTransport.Later()
            : FragmentTransport.First(transport, available, protocol, PacketFamily.Ipv6);

        facts = facts.With(marks);
        Finish(packet, (marks & PacketMarks.TransportMalformed) != 0 ? null : transport, transportLength, protocol, facts);
        packet->Hash = hash->Hash6(&header->Addresses, packet->Ports, protocol, Zone);
        return DropReason.None;
    }

    /// <summary>What the transport header of a whole packet says.</summary>
    /// <param name="packet">Family, Ip and Mbuf are set.</param>
    /// <param name="transport">The transport header.</param>
    /// <param name="length">Bytes from there to the end of the IP packet.</param>
    /// <param name="available">Those of them in the first segment.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="verify">Whether to compute the checksum.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TransportFacts Transport(Packet* packet, byte* transport, uint length, uint available, byte protocol, bool verify)
    {
        if (protocol == IpProtocol.Tcp)
        {
            if (available < TcpHeader.ByteSize)
            {
                return new TransportFacts(0, PacketMarks.TransportMalformed);
            }

            TcpHeader* tcp = (TcpHeader*)transport;
            uint headerLength = tcp->HeaderLength;
            bool legal = ((LegalFlags >> (tcp->Flags & JudgedFlags)) & 1) != 0;
            PacketMarks marks =
                headerLength < TcpHeader.ByteSize || headerLength > available || !legal ? PacketMarks.TransportMalformed
                : verify && !TransportChecksum.IsGood(packet, transport, protocol, length, length) ? PacketMarks.TransportChecksumBad
                : PacketMarks.None;
            return new TransportFacts(tcp->Ports, marks, tcp->Flags);
        }

        if (protocol == IpProtocol.Udp)
        {
            if (available < UdpHeader.ByteSize)
            {
                return new TransportFacts(0, PacketMarks.TransportMalformed);
            }

            UdpHeader* udp = (UdpHeader*)transport;
            uint udpLength = BinaryPrimitives.ReverseEndianness(udp->Length);
            PacketMarks marks =
                udpLength < UdpHeader.ByteSize || udpLength > length ? PacketMarks.TransportMalformed
                : verify && !TransportChecksum.IsGoodUdp(packet, udp, udpLength) ? PacketMarks.TransportChecksumBad
                : PacketMarks.None;
            return new TransportFacts(udp->Ports, marks);
        }

        return OtherTransport.Parse(packet, transport, length, available, protocol, verify);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish(Packet* packet, byte* transport, uint length, byte protocol, TransportFacts facts)
    {
        bool nothing = length == 0 || protocol == IpProtocol.NoNextHeader || (facts.Marks & PacketMarks.LaterFragment) != 0;
        packet->Transport = nothing ? null : transport;
        packet->TransportLength = length;
        packet->Ports.Ports = facts.Ports;
        packet->Marks = facts.Marks;
        packet->Protocol = protocol;
        packet->TcpFlags = facts.TcpFlags;
    }

    /// <summary>Folded sum over an IPv4 header: 0xffff when its checksum is right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ushort HeaderSum(byte* ip, uint headerLength)
    {
        if (headerLength != Ipv4Header.ByteSize)
        {
            return Checksum.Fold(Checksum.Sum(ip, headerLength));
        }

        ulong first = *(ulong*)ip;
        ulong second = *(ulong*)(ip + 8);
        return Checksum.Fold((uint)first + (first >> 32) + (uint)second + (second >> 32) + *(uint*)(ip + 16));
    }

    /// <summary>Leaves nothing of the packet that was parsed in this place before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static DropReason Reject(Packet* packet, PacketFamily family, uint link, DropReason reason)
    {
        packet->Ip = null;
        packet->Transport = null;
        packet->Tuple = default;
        packet->Hash = 0;
        packet->IpLength = 0;
        packet->TransportLength = 0;
        packet->Marks = PacketMarks.None;
        packet->Family = family;
        packet->Protocol = 0;
        packet->TcpFlags = 0;
        packet->LinkLength = (ushort)link;
        return reason;
    }
}
