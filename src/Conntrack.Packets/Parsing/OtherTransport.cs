using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// Transport headers that are neither TCP nor UDP. A protocol not named here has no ports and is tracked by addresses alone.
/// </summary>
static unsafe class OtherTransport
{
    /// <inheritdoc cref="PacketParser.Transport"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TransportFacts Parse(Packet* packet, byte* transport, uint length, uint available, byte protocol, bool verify) =>
        protocol switch
        {
            IpProtocol.Icmp when packet->Family == PacketFamily.Ipv4 => Icmp(packet, transport, length, available, verify),
            IpProtocol.Icmpv6 when packet->Family == PacketFamily.Ipv6 => Icmpv6(packet, transport, length, available, verify),

            // Either control protocol over the other family means nothing, and so does a packet that says nothing follows.
            IpProtocol.Icmp or IpProtocol.Icmpv6 => Malformed(0),
            IpProtocol.NoNextHeader when packet->Family == PacketFamily.Ipv6 => Malformed(0),
            IpProtocol.Gre => Gre(transport, length, available),
            IpProtocol.UdpLite => UdpLite(packet, transport, length, available, verify),
            IpProtocol.Sctp => Sctp(packet, transport, length, available, verify),
            IpProtocol.Dccp => Dccp(packet, transport, length, available, verify),
            _ => default,
        };

    static TransportFacts Icmp(Packet* packet, byte* transport, uint length, uint available, bool verify)
    {
        if (available < IcmpHeader.ByteSize)
        {
            return Malformed(0);
        }

        bool bad = verify && !TransportChecksum.IsGoodIcmp(packet, transport, length);
        return IcmpMessage.Classify4((IcmpHeader*)transport).With(bad ? PacketMarks.TransportChecksumBad : PacketMarks.None);
    }

    static TransportFacts Icmpv6(Packet* packet, byte* transport, uint length, uint available, bool verify)
    {
        if (available < IcmpHeader.ByteSize)
        {
            return Malformed(0);
        }

        bool bad = verify && !TransportChecksum.IsGood(packet, transport, IpProtocol.Icmpv6, length, length);
        return IcmpMessage.Classify6((IcmpHeader*)transport).With(bad ? PacketMarks.TransportChecksumBad : PacketMarks.None);
    }

    /// <summary>
    /// RFC 3828 3.1: a coverage of zero means everything, 1 to 7 and more than there is are illegal, a checksum is mandatory.
    /// </summary>
    static TransportFacts UdpLite(Packet* packet, byte* transport, uint length, uint available, bool verify)
    {
        if (available < UdpHeader.ByteSize)
        {
            return Malformed(0);
        }

        UdpHeader* header = (UdpHeader*)transport;
        uint coverage = BinaryPrimitives.ReverseEndianness(header->Length);
        uint covered = coverage == 0 ? length : coverage;
        if (covered < UdpHeader.ByteSize || covered > length)
        {
            return Malformed(header->Ports);
        }

        bool bad = verify && (header->Checksum == 0 || !TransportChecksum.IsGood(packet, transport, IpProtocol.UdpLite, length, covered));
        return Checked(header->Ports, bad);
    }

    static TransportFacts Sctp(Packet* packet, byte* transport, uint length, uint available, bool verify)
    {
        if (available < SctpHeader.ByteSize + SctpHeader.ChunkHeaderSize)
        {
            return Malformed(0);
        }

        SctpHeader* header = (SctpHeader*)transport;
        Mbuf* mbuf = packet->Mbuf;
        bool bad = verify && Crc32c.OfSctp(mbuf, (uint)(transport - mbuf->Data), length) != header->Checksum;
        return Checked(header->Ports, bad);
    }

    static TransportFacts Dccp(Packet* packet, byte* transport, uint length, uint available, bool verify)
    {
        if (available < DccpHeader.ByteSize)
        {
            return Malformed(0);
        }

        DccpHeader* header = (DccpHeader*)transport;
        uint shortest = (header->TypeAndX & 1) != 0 ? DccpHeader.LongByteSize : (uint)DccpHeader.ByteSize;
        uint headerLength = header->DataOffset * 4u;
        int type = (header->TypeAndX >> 1) & 0xf;
        uint coverage = header->Coverage & 0xfu;
        uint covered = coverage == 0 ? length : headerLength + ((coverage - 1) * 4);

        // Types 10 to 15 are reserved (RFC 4340 5.1); receivers drop what claims to cover more than there is (9.2).
        if (headerLength < shortest || headerLength > available || covered > length || type > 9)
        {
            return Malformed(header->Ports);
        }

        bool bad = verify && !TransportChecksum.IsGood(packet, transport, IpProtocol.Dccp, length, covered);
        return Checked(header->Ports, bad);
    }

    /// <summary>Shorter than its header, GRE is tracked by addresses; what is there has to lie in the first segment.</summary>
    static TransportFacts Gre(byte* transport, uint length, uint available)
    {
        bool whole = available >= Math.Min(length, GreHeader.CallByteSize);
        return whole && GreHeader.IsSound(transport, available)
            ? new TransportFacts(GreHeader.PortsOf(transport, available))
            : Malformed(0);
    }

    static TransportFacts Malformed(uint ports) => new(ports, PacketMarks.TransportMalformed);

    static TransportFacts Checked(uint ports, bool bad) =>
        new(ports, bad ? PacketMarks.TransportChecksumBad : PacketMarks.None);
}
