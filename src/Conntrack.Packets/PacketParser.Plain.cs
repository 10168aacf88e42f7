using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Conntrack.Native;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets;

/// <content>
/// The straight line that nearly every packet takes, inlined where bursts are parsed: no tags, no options, no extension headers, one piece,
/// one segment, TCP or UDP, sound. It decides nothing but that a packet is like this; all others are the general parser's.
/// </content>
public static unsafe partial class PacketParser
{
    /// <summary>Both verdicts of a NIC that make computing needless.</summary>
    const ulong ChecksumsGood = ReceiveOffload.IpChecksumGood | ReceiveOffload.TransportChecksumGood;

    const int EtherTypeOffset = 12;
    const uint SmallestIpv4 = Ipv4Header.ByteSize + UdpHeader.ByteSize;
    const uint SmallestIpv6 = Ipv6Header.ByteSize + UdpHeader.ByteSize;

    /// <summary>EtherType, then version and header length of IPv4 without options.</summary>
    const uint PlainIpv4 = (Ipv4Header.Plain << 16) | EtherType.Ipv4;

    /// <summary>EtherType and version of IPv6, the lower half of the version's byte left out.</summary>
    const uint PlainIpv6 = (0x60 << 16) | EtherType.Ipv6;

    /// <summary>What <see cref="PlainTransport"/> answers for anything that is not plain; TCP flags are below.</summary>
    const uint NotPlain = 0x100;

    /// <summary>
    /// Fills in what <see cref="Parse"/> fills in of a plain packet whose checksums need not be computed; it has no marks. False, and nothing is
    /// changed, for any other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPlain(Packet* packet, ChecksumPolicy policy, FlowHash* hash)
    {
        Mbuf* mbuf = packet->Mbuf;
        uint held = mbuf->DataLength;
        if (held < EthernetHeader.ByteSize + SmallestIpv4)
        {
            return false;
        }

        byte* ip = mbuf->Data + EthernetHeader.ByteSize;
        ulong missing = policy == ChecksumPolicy.Verify ? ~mbuf->OffloadFlags : 0;
        uint start = StartOf(ip);
        held -= EthernetHeader.ByteSize;
        return (start & 0xff_ffff) == PlainIpv4 ? (missing & ChecksumsGood) == 0 && TryPlain4(packet, ip, held, hash, 0)
            : (start & 0xf0_ffff) == PlainIpv6 && (missing & ReceiveOffload.TransportChecksumGood) == 0 && TryPlain6(packet, ip, held, hash, 0);
    }

    /// <summary>The same of packets whose checksums it computes itself.</summary>
    static bool TryVerified(Packet* packet, ChecksumPolicy policy, FlowHash* hash)
    {
        Mbuf* mbuf = packet->Mbuf;
        uint held = mbuf->DataLength;
        if (held < EthernetHeader.ByteSize + SmallestIpv4 || policy == ChecksumPolicy.Ignore)
        {
            return false;
        }

        byte* ip = mbuf->Data + EthernetHeader.ByteSize;
        uint start = StartOf(ip);
        held -= EthernetHeader.ByteSize;
        return (start & 0xff_ffff) == PlainIpv4 ? TryPlain4(packet, ip, held, hash, ~mbuf->OffloadFlags)
            : (start & 0xf0_ffff) == PlainIpv6 && TryPlain6(packet, ip, held, hash, ~mbuf->OffloadFlags);
    }

    /// <summary>EtherType and the first two bytes behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint StartOf(byte* ip) => *(uint*)(ip - EthernetHeader.ByteSize + EtherTypeOffset);

    /// <param name="packet">The packet.</param>
    /// <param name="ip">The IP header.</param>
    /// <param name="held">Bytes of the first segment from there on, at least <see cref="SmallestIpv4"/>.</param>
    /// <param name="hash">The hash under the table's key.</param>
    /// <param name="missing">The NIC's verdicts that are not there, of <see cref="ReceiveOffload"/>: what they would say is computed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool TryPlain4(Packet* packet, byte* ip, uint held, FlowHash* hash, ulong missing)
    {
        var header = (Ipv4Header*)ip;
        byte* transport = ip + Ipv4Header.ByteSize;
        uint length = BinaryPrimitives.ReverseEndianness(header->TotalLength);

        // One compare for both bounds: what is too short wraps around.
        if (length - SmallestIpv4 > held - SmallestIpv4 || (header->Fragment & Ipv4Header.FragmentMask) != 0)
        {
            return false;
        }

        byte protocol = header->Protocol;
        uint transportLength = length - Ipv4Header.ByteSize;
        uint flags = PlainTransport(transport, transportLength, protocol);
        if (flags == NotPlain || ((missing & ChecksumsGood) != 0 && !IsSound4(header, transport, transportLength, protocol, missing)))
        {
            return false;
        }

        // Source, destination and ports as they stand there; what follows them gives way to the hash.
        Vector128<byte> tuple = Vector128.Load((byte*)&header->Source);
        uint hashed = hash->HashPorts4(tuple, protocol);
        Sse41.Insert(tuple.AsUInt32(), hashed, 3).Store((uint*)&packet->Tuple);
        FillInPlain(packet, ip, transport, length, transportLength, PacketFamily.Ipv4, protocol, flags);
        return true;
    }

    /// <summary>As <see cref="TryPlain4"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool TryPlain6(Packet* packet, byte* ip, uint held, FlowHash* hash, ulong missing)
    {
        if (held < SmallestIpv6)
        {
            return false;
        }

        var header = (Ipv6Header*)ip;
        byte* transport = ip + Ipv6Header.ByteSize;
        uint length = Ipv6Header.ByteSize + (uint)BinaryPrimitives.ReverseEndianness(header->PayloadLength);
        if (length - SmallestIpv6 > held - SmallestIpv6)
        {
            return false;
        }

        byte protocol = header->NextHeader;
        uint transportLength = length - Ipv6Header.ByteSize;
        uint flags = PlainTransport(transport, transportLength, protocol);
        if (flags == NotPlain)
        {
            return false;
        }

        uint covered = PlainCoverage(transport, transportLength, protocol);
        if ((missing & ReceiveOffload.TransportChecksumGood) != 0 && !IsSoundTransport(Checksum.PseudoHeader6(&header->Addresses, protocol, covered), transport, covered, protocol))
        {
            return false;
        }

        PortPair ports = new() { Ports = *(uint*)transport };
        packet->Tuple.Addresses = 0;
        packet->Ports = ports;
        packet->Hash = hash->Hash6(&header->Addresses, ports, protocol, Zone);
        FillInPlain(packet, ip, transport, length, transportLength, PacketFamily.Ipv6, protocol, flags);
        return true;
    }

    /// <summary>TCP flags of a header that is whole and does not contradict itself, 0 for such a UDP header; else <see cref="NotPlain"/>.</summary>
    /// <param name="transport">The header.</param>
    /// <param name="length">Bytes from there to the end of the packet, all in this segment, at least <see cref="UdpHeader.ByteSize"/>.</param>
    /// <param name="protocol">The transport protocol.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint PlainTransport(byte* transport, uint length, byte protocol)
    {
        if (protocol == IpProtocol.Tcp)
        {
            var tcp = (TcpHeader*)transport;
            if (length < TcpHeader.ByteSize)
            {
                return NotPlain;
            }

            uint flags = tcp->Flags;
            bool legal = ((LegalFlags >> (int)(flags & JudgedFlags)) & 1) != 0;
            return legal && tcp->HeaderLength - TcpHeader.ByteSize <= length - TcpHeader.ByteSize ? flags : NotPlain;
        }

        return protocol == IpProtocol.Udp && PlainCoverage(transport, length, protocol) - UdpHeader.ByteSize <= length - UdpHeader.ByteSize ? 0 : NotPlain;
    }

    /// <summary>Bytes that the checksum covers: of UDP what its header says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint PlainCoverage(byte* transport, uint length, byte protocol) =>
        protocol == IpProtocol.Udp ? BinaryPrimitives.ReverseEndianness(((UdpHeader*)transport)->Length) : length;

    /// <summary>Whether the checksums are right that no NIC has vouched for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool IsSound4(Ipv4Header* header, byte* transport, uint length, byte protocol, ulong missing)
    {
        if ((missing & ReceiveOffload.IpChecksumGood) != 0 && HeaderSum((byte*)header, Ipv4Header.ByteSize) != ushort.MaxValue)
        {
            return false;
        }

        uint covered = PlainCoverage(transport, length, protocol);
        return (missing & ReceiveOffload.TransportChecksumGood) == 0
            || IsSoundTransport(Checksum.PseudoHeader4(header->Addresses, protocol, covered), transport, covered, protocol);
    }

    /// <summary>Of UDP a checksum of zero is none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool IsSoundTransport(ulong pseudoHeader, byte* transport, uint covered, byte protocol) =>
        (protocol == IpProtocol.Udp && ((UdpHeader*)transport)->Checksum == 0)
        || Checksum.Fold(pseudoHeader + Checksum.Sum(transport, covered)) == ushort.MaxValue;

    /// <summary>Neighbouring fields in one store each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FillInPlain(
        Packet* packet, byte* ip, byte* transport, uint length, uint transportLength, PacketFamily family, byte protocol, uint flags)
    {
        packet->Ip = ip;
        packet->Transport = transport;
        packet->Lengths = length | ((ulong)transportLength << 32);
        packet->Kind = ((uint)family << 16) | ((uint)protocol << 24);
        packet->TcpFlags = (byte)flags;
        packet->LinkLength = EthernetHeader.ByteSize;
    }
}
