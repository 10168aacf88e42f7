namespace Conntrack.Control.Replay;

/// <summary>The books of a replay: every packet received or generated ended in exactly one place.</summary>
public sealed record ReplayStats
{
    public ulong Rx { get; init; }

    /// <summary>Packets the router made itself: ARP, ICMP errors and echo replies, resets, tarpit answers, additional fragments.</summary>
    public ulong Generated { get; init; }

    public ulong Tx { get; init; }

    public ulong Consumed { get; init; }

    /// <summary>Packets that still wait for a neighbour or for the rest of their datagram.</summary>
    public ulong Held { get; init; }

    /// <summary>Drops by reason, in the order they are to be written.</summary>
    public IReadOnlyList<NamedCount> Dropped { get; init; } = [];

    public IReadOnlyList<InterfaceStats> Interfaces { get; init; } = [];

    public IReadOnlyList<RuleStats> Rules { get; init; } = [];

    public TrackingStats Tracking { get; init; } = new();

    /// <summary>Helpers that did anything; where none did, the stats say nothing of helpers.</summary>
    public IReadOnlyList<HelperStats> Helpers { get; init; } = [];

    /// <summary>rx + generated == tx + consumed + Σ dropped + held.</summary>
    public bool Balances =>
        Rx + Generated == Tx + Consumed + Held + Dropped.Aggregate(0ul, (sum, drop) => sum + drop.Count);
}

/// <summary>A counter with its name.</summary>
public readonly record struct NamedCount(string Name, ulong Count);

/// <summary>An interface's counters, in RouterOS's words of <c>/interface print stats</c>.</summary>
public sealed record InterfaceStats
{
    public required string Name { get; init; }

    public ulong RxPacket { get; init; }

    /// <summary>Bytes of whole frames.</summary>
    public ulong RxByte { get; init; }

    public ulong TxPacket { get; init; }

    public ulong TxByte { get; init; }
}

/// <summary>What a helper of <c>/ip firewall service-port</c> has done.</summary>
/// <param name="Name">The helper.</param>
/// <param name="Parsed">Messages that said something it wants to know.</param>
/// <param name="Malformed">Messages that only begin like one.</param>
/// <param name="Expected">Connections expected because of them.</param>
/// <param name="Refused">Connections announced that could not be expected.</param>
/// <param name="Rewritten">Packets whose data left otherwise than it came.</param>
/// <param name="LeftAlone">Packets that had no room for what would have had to change, or more than is read of one.</param>
public readonly record struct HelperStats(string Name, ulong Parsed, ulong Malformed, ulong Expected, ulong Refused, ulong Rewritten, ulong LeftAlone);

/// <summary>A rule's counters; <paramref name="Rule"/> as in a trace, <c>filter forward 3</c>.</summary>
public readonly record struct RuleStats(string Rule, ulong Packets, ulong Bytes);

/// <summary>The connection table at the end.</summary>
public sealed record TrackingStats
{
    public ulong MaxEntries { get; init; }

    public ulong TotalIp4Entries { get; init; }

    public ulong TotalIp6Entries { get; init; }

    /// <summary>Connections that were ever opened; those alive and those removed add up to it.</summary>
    public ulong Created { get; init; }

    /// <summary>Connections gone, in three kinds.</summary>
    public IReadOnlyList<NamedCount> Removed { get; init; } = [];

    /// <summary>The same connections, by the reason of their end.</summary>
    public IReadOnlyList<NamedCount> Ended { get; init; } = [];

    /// <summary>New connections refused: nobody could give way, or there was no memory yet.</summary>
    public IReadOnlyList<NamedCount> Refused { get; init; } = [];

    /// <summary>Those of <see cref="MaxEntries"/> that only the router's own connections may take.</summary>
    public ulong ReservedEntries { get; init; }
}
