using System.Globalization;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests;

/// <summary>Rules replaced a thousand times under a worker that is never out of packets.</summary>
[Collection(Dpdk.Collection)]
public sealed class RuleSwapTests
{
    const int Swaps = 1000;
    const int WarmUp = 100;

    /// <summary>Rules in front of the one that counts, which no packet matches: they make an image large enough for a leak to show.</summary>
    const int Others = 200;

    const long MostGrowth = 24 << 20;

    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    static readonly RuleChain[] s_filter = [RuleChain.FilterForward4, RuleChain.FilterForward6];
    static readonly RuleChain[] s_raw = [RuleChain.RawPrerouting4, RuleChain.RawPrerouting6];

    /// <summary>Slots: what raw counts, and what filter counts under the one and the other set.</summary>
    const uint Raw = 0, Filter = 1, FirstOther = 3;

    /// <summary>Nothing in the captures goes to ports from here on.</summary>
    const uint FirstPort = 20_000;

    [Fact]
    public async Task A_thousand_swaps_lose_no_packet_count_every_one_once_and_leave_no_memory_behind()
    {
        List<RuleSpec>[] sets = [Set(0), Set(1)];
        using (ImageBlock<RuleImage> image = RuleImageBuilder.Build(sets[0]))
        {
            // Otherwise a leak would not be seen.
            Assert.InRange((long)image.ByteSize * Swaps, 4 * MostGrowth, long.MaxValue);
        }

        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Dataplane.PublishRules(sets[1]);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        Swap(rig, sets, WarmUp);

        using var stop = new CancellationTokenSource();
        Task<ulong> reader = Task.Run(() => Backwards(rig.Dataplane, stop.Token), TestContext.Current.CancellationToken);
        ulong received = rig.Dataplane.Counters().Received;
        long resident = ResidentBytes();
        Swap(rig, sets, Swaps);
        long grown = ResidentBytes() - resident;
        await stop.CancelAsync();
        Assert.Equal(0ul, await reader);
        Assert.InRange(grown, long.MinValue, MostGrowth);
        Assert.True(rig.Dataplane.Counters().Received > received, "there was no load");
        rig.Stop();

        DataplaneCounters counters = rig.Dataplane.Counters();
        Assert.Equal(0, counters.Balance);
        Assert.Empty(counters.Dropped);
        Assert.Equal(counters.Received, counters.Sent);
        Assert.Equal(0ul, rig.Dataplane.WorkerAllocatedBytes(0));

        // Raw is the same in both sets and filter is not: a packet judged by half of each, by none or twice would be one too many or too few.
        ulong raw = rig.Dataplane.CountersOfRule(Raw).Packets;
        ulong one = rig.Dataplane.CountersOfRule(Filter).Packets, other = rig.Dataplane.CountersOfRule(Filter + 1).Packets;
        Assert.Equal(raw, one + other);
        Assert.True(one > 0 && other > 0, $"{one} under the one set, {other} under the other");
        Assert.All(Enumerable.Range(0, Others), slot => Assert.Equal(0ul, rig.Dataplane.CountersOfRule(FirstOther + (uint)slot).Packets));
    }

    /// <summary>As the control plane publishes: when the worker has taken the new rules up, the old ones are gone.</summary>
    static void Swap(WorkerRig rig, List<RuleSpec>[] sets, int times)
    {
        for (int n = 0; n < times; n++)
        {
            rig.Dataplane.PublishRules(sets[n % 2]);
            rig.Dataplane.WaitForWorkers();
            Assert.Equal(0, rig.Dataplane.ReclaimRules());
        }
    }

    /// <summary>How often a counter was seen to have less than before.</summary>
    static ulong Backwards(DataplaneHost dataplane, CancellationToken stop)
    {
        ulong backwards = 0, looks = 0;
        var seen = new RuleCounters[FirstOther];
        while (!stop.IsCancellationRequested)
        {
            for (uint slot = 0; slot < seen.Length; slot++)
            {
                RuleCounters now = dataplane.CountersOfRule(slot);
                backwards += now.Packets < seen[slot].Packets || now.Bytes < seen[slot].Bytes ? 1ul : 0;
                seen[slot] = now;
            }

            // Often, and not all the time: the thread that swaps may have to share its CPU with this one.
            looks++;
            Thread.Sleep(1);
        }

        Assert.InRange(looks, 100ul, ulong.MaxValue);
        return backwards;
    }

    static List<RuleSpec> Set(uint which)
    {
        List<RuleSpec> rules = [];
        foreach (RuleChain chain in s_filter)
        {
            for (uint n = 0; n < Others; n++)
            {
                rules.Add(new RuleSpec
                {
                    Chain = chain,
                    Target = RuleTarget.Drop,
                    Number = n,
                    CounterSlot = FirstOther + n,
                    Protocol = RuleMatch.Protocol(IpProtocol.Udp),
                    DstPort = RuleMatch.Ports((ushort)(FirstPort + n), (ushort)(FirstPort + n)),
                });
            }

            rules.Add(new RuleSpec { Chain = chain, Target = RuleTarget.Accept, Number = Others, CounterSlot = Filter + which });
        }

        rules.AddRange(s_raw.Select(chain => new RuleSpec { Chain = chain, Target = RuleTarget.Accept, Number = 0, CounterSlot = Raw }));
        return rules;
    }

    static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
