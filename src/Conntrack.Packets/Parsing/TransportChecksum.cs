using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Parsing;

/// <summary>Verifies transport checksums in software, for packets whose NIC did not say that they are good.</summary>
static unsafe class TransportChecksum
{
    /// <summary>Whether the Internet checksum with a pseudo header is right.</summary>
    /// <param name="packet">Family, Ip and Mbuf are set.</param>
    /// <param name="transport">The transport header.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="length">Bytes of transport header and data, as the pseudo header has it.</param>
    /// <param name="covered">Bytes the checksum is computed over, at most <paramref name="length"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsGood(Packet* packet, byte* transport, byte protocol, uint length, uint covered) =>
        Checksum.Fold(PseudoHeader(packet, protocol, length) + Sum(packet->Mbuf, transport, covered)) == ushort.MaxValue;

    /// <summary>The Internet checksum with a pseudo header, over a transport whose field is zero.</summary>
    public static ushort Compute(Packet* packet, byte* transport, byte protocol, uint length) =>
        Checksum.Finish(PseudoHeader(packet, protocol, length) + Sum(packet->Mbuf, transport, length));

    /// <summary>
    /// UDP: a zero checksum means that there is none. Over IPv6 that is for tunnels alone (RFC 6935), which whoever receives them knows;
    /// what stands between passes it (RFC 6936 5).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsGoodUdp(Packet* packet, UdpHeader* udp, uint length) =>
        udp->Checksum == 0 || IsGood(packet, (byte*)udp, IpProtocol.Udp, length, length);

    /// <summary>ICMP over IPv4 has no pseudo header.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsGoodIcmp(Packet* packet, byte* transport, uint length) =>
        Checksum.Fold(Sum(packet->Mbuf, transport, length)) == ushort.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong PseudoHeader(Packet* packet, byte protocol, uint length) => packet->Family == PacketFamily.Ipv4
        ? Checksum.PseudoHeader4(((Ipv4Header*)packet->Ip)->Addresses, protocol, length)
        : Checksum.PseudoHeader6(&((Ipv6Header*)packet->Ip)->Addresses, protocol, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Sum(Mbuf* mbuf, byte* transport, uint covered)
    {
        uint offset = (uint)(transport - mbuf->Data);
        return offset + covered <= mbuf->DataLength ? Checksum.Sum(transport, covered) : Checksum.Sum(mbuf, offset, covered);
    }
}
