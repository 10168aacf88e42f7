using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>
/// The packet an ICMP or ICMPv6 error quotes, turned round: the tuple of what would answer it. An error travels the way an answer would, so
/// whose answer it might have been is whose error it is, and it has the answer's direction, translated or not.
/// </summary>
/// <remarks>
/// Everything here was written by a stranger: the error's sender made up the quotation. Addresses and ports are read and nothing is believed,
/// neither lengths nor version nor checksums; they only have to name a connection. As in nf_conntrack four bytes of a transport header with
/// ports suffice, eight of ICMP and PPTP, none of other protocols.
/// <code>
///   0 answer (128)   128 an IPv6 header of which only the addresses are set (40)   168
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
public unsafe struct QuotedPacket
{
    /// <summary>Bytes of a transport header that hold its ports.</summary>
    const int PortsSize = 4;

    /// <summary>Family, protocol, addresses, ports, hash and the error's time: what a lookup reads, and nothing else.</summary>
    [FieldOffset(0)] public Packet Answer;

    [FieldOffset(128)] Ipv6Header _header;

    /// <summary>
    /// Reads the quotation of a whole error message. False when it names no tuple, or one whose answers do not go where the error goes: an
    /// error about a packet returns to the packet's sender.
    /// </summary>
    /// <param name="error">A packet that Parse marked <see cref="PacketMarks.IcmpError"/> and nothing bad.</param>
    /// <param name="hash">The hash under the table's key.</param>
    /// <param name="quoted">Filled in; its address must not change afterwards.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryRead(Packet* error, FlowHash* hash, QuotedPacket* quoted)
    {
        *quoted = default;
        Packet* answer = &quoted->Answer;
        answer->Family = error->Family;
        answer->Time = error->Time;
        if (!QuotedHeaders.TryFind(error, out QuotedHeaders headers))
        {
            return false;
        }

        answer->Protocol = headers.Protocol;
        return error->Family == PacketFamily.Ipv4
            ? TryRead4(error, headers, answer, hash)
            : TryRead6(error, headers, answer, &quoted->_header, hash);
    }

    static bool TryRead4(Packet* error, in QuotedHeaders headers, Packet* answer, FlowHash* hash)
    {
        var header = (Ipv4Header*)headers.Ip;
        if (header->Source != ((Ipv4Header*)error->Ip)->Destination || !TryReadPorts(headers, PacketFamily.Ipv4, out PortPair ports))
        {
            return false;
        }

        answer->Tuple.Src = header->Destination;
        answer->Tuple.Dst = header->Source;
        answer->Ports = IcmpQuery.Mirror4(ports, headers.Protocol);
        answer->Hash = hash->Hash4(answer->Tuple, headers.Protocol, PacketParser.Zone);
        return true;
    }

    static bool TryRead6(Packet* error, in QuotedHeaders headers, Packet* answer, Ipv6Header* turned, FlowHash* hash)
    {
        var header = (Ipv6Header*)headers.Ip;
        if (header->Addresses.Src != ((Ipv6Header*)error->Ip)->Addresses.Dst || !TryReadPorts(headers, PacketFamily.Ipv6, out PortPair ports))
        {
            return false;
        }

        turned->Addresses.Src = header->Addresses.Dst;
        turned->Addresses.Dst = header->Addresses.Src;
        answer->Ip = (byte*)turned;
        answer->Ports = IcmpQuery.Mirror6(ports, headers.Protocol);
        answer->Hash = hash->Hash6(&turned->Addresses, answer->Ports, headers.Protocol, PacketParser.Zone);
        return true;
    }

    /// <summary>Ports as Parse reads them. False when they are cut off, and for an ICMP message that nothing answers, as an error is.</summary>
    static bool TryReadPorts(in QuotedHeaders headers, PacketFamily family, out PortPair ports)
    {
        ports = default;
        byte* transport = headers.Transport;
        uint length = headers.Available;
        byte protocol = headers.Protocol;
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp:
                if (length < PortsSize)
                {
                    return false;
                }

                ports.Ports = *(uint*)transport;
                return true;
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                if (length < IcmpHeader.ByteSize || protocol != (family == PacketFamily.Ipv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6))
                {
                    return false;
                }

                TransportFacts facts = family == PacketFamily.Ipv4
                    ? IcmpMessage.Classify4((IcmpHeader*)transport)
                    : IcmpMessage.Classify6((IcmpHeader*)transport);
                ports.Ports = facts.Ports;
                return (facts.Marks & PacketMarks.IcmpQuery) != 0;
            case IpProtocol.Gre:
                ports.Ports = GreHeader.PortsOf(transport, length);
                return GreHeader.IsSound(transport, length);
            default:
                return protocol != IpProtocol.NoNextHeader || family == PacketFamily.Ipv4;
        }
    }
}
