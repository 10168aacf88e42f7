using System.Runtime.CompilerServices;

namespace Conntrack.Packets;

/// <summary>
/// Ports of fragments, for the rules that see packets before they are reassembled. A first fragment shows its ports but nothing that
/// needs the rest of the packet is judged yet: neither the transport header's own length nor its checksum. A later one has no header.
/// </summary>
static unsafe class FragmentTransport
{
    /// <summary>Every fragment but the last carries a multiple of eight bytes (RFC 791 2.3, RFC 8200 4.5).</summary>
    const int ShortestFragment = 8;

    /// <summary>Where the flags stand in a TCP header.</summary>
    const int TcpFlagsOffset = 13;

    /// <summary>A fragment with a non-zero offset.</summary>
    public static TransportFacts Later() => new() { Marks = PacketMarks.Fragment | PacketMarks.LaterFragment };

    /// <summary>The fragment with offset zero.</summary>
    /// <param name="transport">The transport header.</param>
    /// <param name="available">Bytes of it in the first segment.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="family">The IP version.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TransportFacts First(byte* transport, uint available, byte protocol, PacketFamily family)
    {
        TransportFacts facts = default;
        if (available < ShortestFragment)
        {
            facts.Marks = PacketMarks.Fragment | PacketMarks.TransportMalformed;
            return facts;
        }

        switch (protocol)
        {
            case IpProtocol.Tcp:
                facts.Ports = ((TcpHeader*)transport)->Ports;
                facts.TcpFlags = available > TcpFlagsOffset ? transport[TcpFlagsOffset] : (byte)0;
                break;
            case IpProtocol.Udp:
            case IpProtocol.UdpLite:
            case IpProtocol.Sctp:
            case IpProtocol.Dccp:
                facts.Ports = ((UdpHeader*)transport)->Ports;
                break;
            case IpProtocol.Icmp when family == PacketFamily.Ipv4:
                facts = IcmpMessage.Classify4((IcmpHeader*)transport);
                break;
            case IpProtocol.Icmpv6 when family == PacketFamily.Ipv6:
                facts = IcmpMessage.Classify6((IcmpHeader*)transport);
                break;
        }

        facts.Marks |= PacketMarks.Fragment;
        return facts;
    }
}
