using System.Net;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking;

/// <summary>
/// A copy of one connection at one instant, in plain values: what the control side lists, filters and streams. Ports are host order;
/// addresses are the 16 bytes of IPv6 or, in the lower four, those of IPv4.
/// </summary>
public readonly struct ConnectionSnapshot
{
    public required bool IsIpv6 { get; init; }

    /// <summary>IANA protocol number.</summary>
    public required byte Protocol { get; init; }

    /// <summary>The protocol's own state, for TCP a <see cref="Tracking.TcpState"/>.</summary>
    public required byte State { get; init; }

    /// <summary>What the first packet's header said, of GRE only.</summary>
    public GreSnapshot? Gre { get; init; }

    /// <summary>The helper that reads it or expected it.</summary>
    public HelperKind Helper { get; init; }

    public required ConnectionFlags Flags { get; init; }
    /// <summary>Interned name of the connection-mark, 0 for none.</summary>
    public ushort Mark { get; init; }

    public required TupleSnapshot Original { get; init; }
    public required TupleSnapshot Reply { get; init; }
    public required CounterSnapshot OriginalCounters { get; init; }
    public required CounterSnapshot ReplyCounters { get; init; }

    /// <summary>Until it ends, unless a packet refreshes it; never negative.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Bits a second of both directions; null where nobody has measured them.</summary>
    public (ulong Original, ulong Reply)? Rates { get; init; }

    /// <summary>Ticks since the dataplane's start at which it was created.</summary>
    public required uint StartTick { get; init; }

    /// <summary>Number of the packet that created it, orders connections of one tick.</summary>
    public required uint Creation { get; init; }

    /// <summary>Record number in the table of its family, with <see cref="Generation"/> an identity for as long as it lives.</summary>
    public required uint Record { get; init; }

    public required ushort Generation { get; init; }
}

/// <summary>One direction's addresses and ports (host order; for ICMP the identifier, and type × 256 + code).</summary>
public readonly record struct TupleSnapshot(UInt128 Src, UInt128 Dst, ushort SrcPort, ushort DstPort)
{
    /// <summary>The source as .NET writes addresses.</summary>
    public IPAddress SrcAddress(bool ipv6) => Address(Src, ipv6);

    /// <summary>The destination as .NET writes addresses.</summary>
    public IPAddress DstAddress(bool ipv6) => Address(Dst, ipv6);

    static IPAddress Address(UInt128 value, bool ipv6)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(ipv6 ? bytes : bytes[12..]);
    }
}

/// <summary>GRE's version, the EtherType of its payload, and the key it had (of version 1 the call id), if any.</summary>
public readonly record struct GreSnapshot(byte Version, ushort Protocol, uint? Key);

/// <summary>Packets and bytes of one direction, bytes from the IP header on; the FastTracked part is included in both totals.</summary>
public readonly record struct CounterSnapshot(ulong Packets, ulong Bytes, ulong FastTrackPackets, ulong FastTrackBytes);
