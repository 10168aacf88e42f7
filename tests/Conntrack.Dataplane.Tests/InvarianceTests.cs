using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests;

/// <summary>Results never depend on where a burst was cut, nor on how many workers share the work.</summary>
[Collection(Dpdk.Collection)]
public sealed class InvarianceTests(Dpdk dpdk)
{
    const int Captures = 120;

    [Theory, Runtimes]
    public void The_demo(DataplaneRuntime runtime)
    {
        ReplayRun demo = DemoTests.Demo(dpdk, runtime);
        ReplayResult result = Invariance.Assert(demo, "demo");
        result.AssertSame(Invariance.Assert(demo, "demo again"), "demo again");
        foreach (uint entries in new uint[] { 1, 2, 5, 16 })
        {
            Invariance.Assert(demo with { Tracking = TrackingDefaults.Parameters(entries) }, $"demo, {entries} entries");
        }
    }

    [Theory, Runtimes]
    public void Random_captures(DataplaneRuntime runtime)
    {
        // The same code in both runtimes: half as many show that the other one runs it.
        int captures = runtime == DataplaneRuntime.Aot ? Captures : Captures / 2;
        HashSet<(ConnectionStateOfPacket, DropReason)> seen = [];
        for (int seed = 0; seed < captures; seed++)
        {
            ReplayRun run = new RandomTraffic(seed).Frames(40 + (seed % 4 * 100)).ToReplay(dpdk) with
            {
                Runtime = runtime,
                Tracking = TrackingDefaults.Parameters(loose: seed % 3 != 0),
            };
            ReplayResult result = Invariance.Assert(run, $"seed {seed}");
            seen.UnionWith(result.Trace.Select(item => (item.State, item.Reason)));
        }

        // The generator is worth something: everything that can happen without pressure did.
        Assert.Superset(
            new HashSet<(ConnectionStateOfPacket, DropReason)>
            {
                (ConnectionStateOfPacket.New, DropReason.None), (ConnectionStateOfPacket.Established, DropReason.None),
                (ConnectionStateOfPacket.Related, DropReason.None), (ConnectionStateOfPacket.Invalid, DropReason.None),
                (ConnectionStateOfPacket.None, DropReason.None),
                (ConnectionStateOfPacket.None, DropReason.BadIpChecksum), (ConnectionStateOfPacket.None, DropReason.FragmentOverlap),
                (ConnectionStateOfPacket.None, DropReason.FragmentDuplicate), (ConnectionStateOfPacket.None, DropReason.FragmentTimeout),
                (ConnectionStateOfPacket.None, DropReason.BadFragment),
            },
            seen);
    }

    [Theory, Runtimes]
    public void Random_captures_in_a_full_table(DataplaneRuntime runtime)
    {
        int captures = runtime == DataplaneRuntime.Aot ? Captures / 8 : Captures / 16;
        ulong evicted = 0, refused = 0;
        for (int seed = 0; seed < captures; seed++)
        {
            // What is assured refuses newcomers: now and then one or two are from the start, and nothing waits for their end.
            int settled = seed % 6 == 0 ? 1 + (seed / 6 % 2) : 0;
            Traffic traffic = new RandomTraffic(1000 + seed, hurried: settled != 0).Frames(40 + (seed % 4 * 100), settled);
            ReplayRun run = traffic.ToReplay(dpdk) with { Runtime = runtime };
            foreach (uint entries in new uint[] { 1, 2, 5, 40 })
            {
                TrackingParameters tracking = TrackingDefaults.Parameters(entries, loose: seed % 3 != 0, liberal: seed % 2 == 0);
                ReplayResult result = Invariance.Assert(run with { Tracking = tracking }, $"seed {1000 + seed}, {entries} entries");
                Assert.True(result.Connections.Count <= entries);
                evicted += result.Tables.Evicted;
                refused += result.Counters.Dropped.GetValueOrDefault(DropReason.TableFull);
            }
        }

        Assert.True(evicted > 25 * (ulong)captures && refused > (ulong)captures / 4, $"{evicted} evictions and {refused} refusals are too few to mean anything");
    }

    /// <summary>More candidates than a search for the oldest looks at.</summary>
    [Theory, Runtimes]
    public void Random_captures_of_many_hosts_in_a_full_table(DataplaneRuntime runtime)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            ReplayRun run = new RandomTraffic(2000 + seed, hosts: 16, hurried: true).Frames(1500).ToReplay(dpdk) with { Runtime = runtime };
            foreach (uint entries in new uint[] { 40, 100, 300 })
            {
                ReplayResult result = Invariance.Assert(
                    run with { Tracking = TrackingDefaults.Parameters(entries) }, $"seed {2000 + seed}, {entries} entries");
                Assert.NotEqual(0ul, result.Tables.Evicted);
            }
        }
    }
}
