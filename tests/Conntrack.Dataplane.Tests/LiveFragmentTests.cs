using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests;

/// <summary>A worker on devices whose traffic is in pieces: nothing allocated, nothing lost, every buffer back at the end.</summary>
[Collection(Dpdk.Collection)]
public sealed class LiveFragmentTests(Dpdk dpdk)
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Datagrams up to 64 KB, more fragments than a burst or a transmit buffer holds, beside whole packets.</summary>
    [Theory, Runtimes]
    public void Datagrams_pass_a_worker_in_pieces(DataplaneRuntime runtime)
    {
        byte[][] lan =
        [
            V4(1, 1).Udp(10).ToBytes(), .. FragmentCut.Every(1480, V4(1, 1).Udp(65_507).ToBytes()), V4(2, 1).Udp(10).ToBytes(),
            .. FragmentCut.Every(8, V6(1, 1).Udp(500).ToBytes()), .. FragmentCut.Every(1448, V6(1, 1).Udp(60_000).ToBytes()).Reverse(),
        ];
        byte[][] wan = [V4(1, 1).Turned.Udp(10).ToBytes(), .. FragmentCut.Every(1480, V4(1, 1).Turned.Udp(3000).ToBytes())];
        using var rig = new WorkerRig(runtime, Write("lan-fragments.pcap", lan), Write("wan-fragments.pcap", wan));
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        ulong before = rig.Dataplane.RuntimeAllocatedBytes;
        rig.WaitFor(400_000, s_patience);
        ulong after = rig.Dataplane.RuntimeAllocatedBytes;
        rig.Stop();
        DataplaneCounters counters = rig.Dataplane.Counters();
        Assert.Empty(counters.Dropped);
        Assert.Equal(0, counters.Balance);
        Assert.InRange(counters.Held, 0ul, 200ul);
        Assert.Equal(counters.Received - counters.Held, counters.Sent);
        Assert.Equal(counters.Consumed, counters.Generated);
        Assert.InRange(counters.Generated, 100_000ul, counters.Received);
        if (runtime == DataplaneRuntime.Aot)
        {
            Assert.Equal(before, after);
            Assert.Equal(0ul, rig.Dataplane.WorkerAllocatedBytes(0));
        }
    }

    /// <summary>First fragments alone, for ever: other traffic passes, and no buffer is missing.</summary>
    [Fact]
    public void A_flood_of_first_fragments_does_not_stop_others()
    {
        byte[][] lan = [.. Enumerable.Range(0, 3000).Select(id => FragmentCut.Piece(V4(9, 9).Udp(100).ToBytes(), 0, 56, (uint)id))];
        byte[][] wan = [V4(1, 1).Udp(10).ToBytes(), .. FragmentCut.Every(1480, V4(1, 1).Udp(3000).ToBytes())];
        using var rig = new WorkerRig(DataplaneRuntime.Aot, Write("lan-flood.pcap", lan), Write("wan-flood.pcap", wan));
        rig.Start();
        rig.WaitFor(200_000, s_patience);
        rig.Stop();
        DataplaneCounters counters = rig.Dataplane.Counters();
        Assert.Equal(0, counters.Balance);

        // All else that is not held leaves: identifications come round again only after the table has forgotten them.
        Assert.Equal([DropReason.FragmentLimit], counters.Dropped.Keys);
        Assert.InRange(counters.Held, 2040ul, 2048ul);
        Assert.InRange(counters.Interfaces[0].Sent, counters.Interfaces[1].Received - 4, counters.Interfaces[1].Received);
    }

    string Write(string name, byte[][] frames)
    {
        string path = dpdk.PathOf(name);
        CaptureFile.Write(path, frames.Select(frame => new CapturedFrame(Traffic.Epoch, frame)));
        return path;
    }
}
