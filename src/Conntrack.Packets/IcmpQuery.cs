using System.Runtime.CompilerServices;

namespace Conntrack.Packets;

/// <summary>
/// ICMP and ICMPv6 queries: a request of one type is answered by one other type with the same identifier (RFC 792, RFC 950, RFC 4443).
/// Types are numbers of the header's first byte; the tuple's second port holds type and code in header order, so the type is its low byte.
/// </summary>
public static class IcmpQuery
{
    /// <summary>Type of the opposite half of the query; -1 for what is no query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Opposite4(int type) => type switch
    {
        8 => 0,
        0 => 8,
        13 => 14,
        14 => 13,
        15 => 16,
        16 => 15,
        17 => 18,
        18 => 17,
        _ => -1,
    };

    /// <summary>As <see cref="Opposite4"/> for ICMPv6: echo, and node information (RFC 4620), the ones nf_conntrack pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Opposite6(int type) => type switch
    {
        128 => 129,
        129 => 128,
        139 => 140,
        140 => 139,
        _ => -1,
    };

    /// <summary>The half that asks: it opens a connection, the other only belongs to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Asks4(int type) => type is 8 or 13 or 15 or 17;

    /// <inheritdoc cref="Asks4"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Asks6(int type) => type is 128 or 139;

    /// <summary>
    /// Ports of the answer to an IPv4 packet with these ports: swapped, or for ICMP the same identifier with the opposite type.
    /// </summary>
    public static PortPair Mirror4(PortPair ports, byte protocol) =>
        protocol == IpProtocol.Icmp ? WithType(ports, Opposite4(ports.DstPort & 0xff)) : Swap(ports);

    /// <summary>As <see cref="Mirror4"/> for an IPv6 packet.</summary>
    public static PortPair Mirror6(PortPair ports, byte protocol) =>
        protocol == IpProtocol.Icmpv6 ? WithType(ports, Opposite6(ports.DstPort & 0xff)) : Swap(ports);

    static PortPair Swap(PortPair ports) => new() { SrcPort = ports.DstPort, DstPort = ports.SrcPort };

    static PortPair WithType(PortPair ports, int type) =>
        new() { SrcPort = ports.SrcPort, DstPort = (ushort)((ports.DstPort & 0xff00) | (type & 0xff)) };
}
