using System.Diagnostics;
using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;
using Conntrack.Kernel.Scenarios;

namespace Conntrack.Kernel.Generating;

/// <summary>What a random run was asked for.</summary>
sealed record RandomOptions
{
    public int Seed { get; init; } = Environment.TickCount;

    public int Packets { get; init; } = 100_000;

    public int Burst { get; init; } = 1;

    public int Workers { get; init; } = 1;

    /// <summary>The kernel alone, nothing compared.</summary>
    public bool Census { get; init; }

    public Protocols Protocols { get; init; } = Protocols.All;
}

/// <summary>What came of it.</summary>
/// <param name="Packets">Packets both sides agreed on.</param>
/// <param name="Changing">Packets after which the kernel's table was not just counters and timeouts further.</param>
/// <param name="Cells">Transitions gone through.</param>
/// <param name="Elapsed">Real time.</param>
/// <param name="Restarts">How often a disagreement was one of clocks, since the machine had stood still, and all began anew.</param>
/// <param name="Failure">The shrunk scenario; null when they agreed to the end.</param>
sealed record RandomResult(int Packets, int Changing, TransitionCells Cells, TimeSpan Elapsed, int Restarts, string? Failure);

/// <summary>Random traffic on the bench until the first disagreement, which is then made small.</summary>
static class RandomRun
{
    /// <summary>More often than once in so many packets the machine does not stand still where anything can be compared.</summary>
    const int PacketsPerRestart = 1000;

    public static RandomResult Run(RandomOptions options, KernelRouter kernel, DifferenceLedger differences)
    {
        var clock = Stopwatch.StartNew();
        var cells = new TransitionCells();
        int done = 0;
        int changing = 0;
        for (int restarts = 0; ; restarts++)
        {
            // Both begin with empty tables, so other traffic comes than before: seeds a restart apart.
            RandomOptions rest = options with { Packets = options.Packets - done, Seed = unchecked(options.Seed + restarts) };
            RandomResult part = RunFromEmpty(rest, kernel, differences, cells);
            done += part.Packets;
            changing += part.Changing;
            if (part.Failure == null || part.Restarts == 0 || restarts > options.Packets / PacketsPerRestart)
            {
                return new RandomResult(done, changing, cells, clock.Elapsed, restarts, part.Failure);
            }
        }
    }

    /// <summary>Until the first disagreement; <see cref="RandomResult.Restarts"/> is 1 when it proves nothing.</summary>
    static RandomResult RunFromEmpty(RandomOptions options, KernelRouter kernel, DifferenceLedger differences, TransitionCells cells)
    {
        var traffic = new Traffic(options.Seed, options.Protocols);
        var clock = Stopwatch.StartNew();
        List<string> lines = [];
        Dictionary<EntryKey, Entry> before = [];
        HashSet<EntryKey> retired = [];
        int changing = 0;
        int done = 0;
        using var bench = new Bench(kernel, Setup.Default with { Workers = options.Workers }, options.Burst, differences) { IsCensus = options.Census };
        while (done < options.Packets)
        {
            List<TestFrame> burst = [];
            while (burst.Count < Math.Min(options.Burst, options.Packets - done))
            {
                string line = traffic.Next();
                lines.Add(line);
                burst.Add(PacketLine.Parse(line).ToFrame());
            }

            List<Disagreement> found = bench.Send(burst);
            if (found.Count != 0)
            {
                return bench.IsDoubtful
                    ? new RandomResult(done, changing, cells, clock.Elapsed, 1, string.Join('\n', found))
                    : new RandomResult(done, changing, cells, clock.Elapsed, 0, Shrinker.Shrink(lines, found, options, kernel));
            }

            Dictionary<EntryKey, Entry> after = bench.KernelTable.ToDictionary(entry => entry.Key);
            if (options.Burst == 1)
            {
                if (FrameTuple.TryRead(burst[0].Bytes, out FrameTuple tuple) && tuple.Key.Protocol == Packets.IpProtocol.Tcp
                    && !burst[0].Label.Contains("badsum", StringComparison.Ordinal))
                {
                    cells.Count(tuple.Key, tuple.TcpFlags, bench.KernelOutcomes[0].State, key => before.GetValueOrDefault(key));
                }

                changing += Changed(before, after) ? 1 : 0;
            }

            before = after;
            done += burst.Count;
            foreach (EntryKey key in bench.Incomparable)
            {
                if (retired.Add(key))
                {
                    traffic.Retire(key.Original.SourcePort);
                    traffic.Retire(key.Original.DestinationPort);
                }
            }
        }

        return new RandomResult(done, changing, cells, clock.Elapsed, 0, null);
    }

    static bool Changed(Dictionary<EntryKey, Entry> before, Dictionary<EntryKey, Entry> after)
    {
        if (before.Count != after.Count)
        {
            return true;
        }

        foreach ((EntryKey key, Entry now) in after)
        {
            if (!before.TryGetValue(key, out Entry? then)
                || (then.State, then.SeenReply, then.Assured) != (now.State, now.SeenReply, now.Assured)
                || then.OriginalCounters.Packets > now.OriginalCounters.Packets)
            {
                return true;
            }
        }

        return false;
    }
}
