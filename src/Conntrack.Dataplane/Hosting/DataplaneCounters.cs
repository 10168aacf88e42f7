using Conntrack.Packets;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;

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

    /// <summary>What helpers have done; only those that did anything.</summary>
    public required IReadOnlyList<HelperTotals> Helpers { get; init; }

    /// <summary>rx + generated − tx − consumed − Σ dropped − held.</summary>
    public long Balance =>
        (long)(Received + Generated - Sent - Consumed - Held) - Dropped.Values.Aggregate(0L, (sum, count) => sum + (long)count);
}

/// <summary>Packets and bytes of one interface, bytes from the Ethernet header on.</summary>
public sealed record InterfaceCounters(ulong Received, ulong ReceivedBytes, ulong Sent, ulong SentBytes, ulong NotSent);

/// <summary>What a helper has done, all workers together.</summary>
/// <param name="Name">As <c>/ip firewall service-port</c> has it; <c>none</c> for connections that got no room for a helper.</param>
/// <param name="Counters">The sums.</param>
public readonly record struct HelperTotals(string Name, HelperCounters Counters);

/// <summary>
/// One worker: packets, times around its loop, those of them that found no packet, and the connections it owns; frames it has handed to other
/// workers and taken from them, and packets it did not show the others because it had shown them too many.
/// </summary>
public readonly record struct WorkerCounters(
    ulong Received, ulong Sent, ulong Bursts, ulong EmptyPolls, uint Entries, ulong HandedOver, ulong TakenOver, ulong ToursRefused)
{
    /// <summary>How much of what it received from its ports was another worker's, 0 to 1; a tour counts once for each worker it goes to.</summary>
    public double HandedOverShare => Received == 0 ? 0 : (double)HandedOver / Received;
}

/// <summary>The flow caches of one family: lines in use, and the packets and bytes (from the IP header on) they have forwarded.</summary>
/// <param name="Lines">One a direction that is in the caches now.</param>
/// <param name="Packets">Forwarded from them since the start.</param>
/// <param name="Bytes">Of those packets.</param>
/// <param name="Samples">Packets of fasttracked connections that took the slow path because it was time for one.</param>
/// <param name="Displaced">Lines that had to leave for another connection's.</param>
/// <param name="Memory">Bytes that the caches hold, those ahead of need included.</param>
public readonly record struct FlowTotals(ulong Lines, ulong Packets, ulong Bytes, ulong Samples, ulong Displaced, ulong Memory);

/// <summary>Packets of one family forwarded while it had neither rules nor tracking, and their bytes from the IP header on.</summary>
public readonly record struct FastPathTotals(ulong Packets, ulong Bytes);

/// <summary>What the connection tables of all workers and both families hold and have seen, and how many packets the flow caches forwarded.</summary>
/// <param name="Ipv4Entries">Connections of IPv4.</param>
/// <param name="Ipv6Entries">Connections of IPv6.</param>
/// <param name="MaxEntries">Of both.</param>
/// <param name="Created">Ever: those there are and those that ended.</param>
/// <param name="Ended">By <see cref="ConnectionEnd"/>.</param>
/// <param name="FastTrackPackets">Forwarded from the flow caches.</param>
public sealed record TableTotals(
    uint Ipv4Entries, uint Ipv6Entries, uint MaxEntries, ulong Created, IReadOnlyList<ulong> Ended, ulong FastTrackPackets)
{
    /// <summary>Those of <see cref="MaxEntries"/> that only the router's own connections may take.</summary>
    public uint ReservedEntries { get; init; }

    /// <summary>New connections for which nobody could give way.</summary>
    public ulong RefusedFull { get; init; }

    /// <summary>New connections that came before the memory for them.</summary>
    public ulong RefusedMemory { get; init; }

    /// <summary>Timed out.</summary>
    public ulong Expired => Ended[(int)ConnectionEnd.Expired];

    /// <summary>Gave way to others, for whatever reason.</summary>
    public ulong Evicted => Sum(isEviction: true);

    /// <summary>Ended by what they or somebody did.</summary>
    public ulong Removed => Sum(isEviction: false) - Expired;

    ulong Sum(bool isEviction)
    {
        ulong sum = 0;
        for (ConnectionEnd end = 0; end < ConnectionEnd.Count; end++)
        {
            sum += ConnectionEnds.IsEviction(end) == isEviction ? Ended[(int)end] : 0;
        }

        return sum;
    }
}
