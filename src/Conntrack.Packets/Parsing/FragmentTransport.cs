using System.Runtime.CompilerServices;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

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
    public static TransportFacts Later() => new(0, PacketMarks.Fragment | PacketMarks.LaterFragment);

    /// <summary>The fragment with offset zero.</summary>
    /// <param name="transport">The transport header.</param>
    /// <param name="available">Bytes of it in the first segment.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="family">The IP version.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TransportFacts First(byte* transport, uint available, byte protocol, PacketFamily family)
    {
        if (available < ShortestFragment)
        {
            return new TransportFacts(0, PacketMarks.Fragment | PacketMarks.TransportMalformed);
        }

        TransportFacts facts = protocol switch
        {
            IpProtocol.Tcp => new(
                ((TcpHeader*)transport)->Ports, tcpFlags: available > TcpFlagsOffset ? transport[TcpFlagsOffset] : (byte)0),
            IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp => new(((UdpHeader*)transport)->Ports),
            IpProtocol.Icmp when family == PacketFamily.Ipv4 => IcmpMessage.Classify4((IcmpHeader*)transport),
            IpProtocol.Icmpv6 when family == PacketFamily.Ipv6 => IcmpMessage.Classify6((IcmpHeader*)transport),
            _ => default,
        };
        return facts.With(PacketMarks.Fragment);
    }
}
