using Conntrack.Packets;

namespace Conntrack.Dataplane.Hosting;

/// <summary>
/// Sum of all workers' counters at one instant. At a quiet moment <see cref="Balance"/> is zero: every packet ended in exactly one place.
/// </summary>
public sealed record DataplaneCounters
{
    public required ulong Received { get; init; }
    public required ulong Generated { get; init; }
    public required ulong Sent { get; init; }
    public required ulong Consumed { get; init; }
    public required ulong Held { get; init; }

    /// <summary>By reason; only those that occurred.</summary>
    public required IReadOnlyDictionary<DropReason, ulong> Dropped { get; init; }

    /// <summary>By interface index.</summary>
    public required IReadOnlyList<InterfaceCounters> Interfaces { get; init; }

    /// <summary>rx + generated − tx − consumed − Σ dropped − held.</summary>
    public long Balance =>
        (long)(Received + Generated - Sent - Consumed - Held) - Dropped.Values.Aggregate(0L, (sum, count) => sum + (long)count);
}

/// <summary>Packets and bytes of one interface, bytes from the Ethernet header on.</summary>
public sealed record InterfaceCounters(ulong Received, ulong ReceivedBytes, ulong Sent, ulong SentBytes, ulong NotSent);

/// <summary>One worker: packets, times around its loop, those of them that found no packet, and the connections it owns.</summary>
public readonly record struct WorkerCounters(ulong Received, ulong Sent, ulong Bursts, ulong EmptyPolls, uint Entries);

/// <summary>The flow caches of one family: lines in use, and the packets and bytes (from the IP header on) they have forwarded.</summary>
public readonly record struct FlowTotals(ulong Lines, ulong Packets, ulong Bytes);

/// <summary>What the connection tables of all workers and both families hold and have seen, and how many packets the flow caches forwarded.</summary>
public sealed record TableTotals(
    uint Ipv4Entries, uint Ipv6Entries, uint MaxEntries, ulong Created, ulong Expired, ulong Evicted, ulong Removed,
    ulong FastTrackPackets);
