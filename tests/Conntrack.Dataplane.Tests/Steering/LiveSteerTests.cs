using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Packets;
using Conntrack.Testing;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests.Steering;

/// <summary>Two workers on threads of their own and devices that never end: frames of both go to both, and all are accounted for.</summary>
[Collection(Dpdk.Collection)]
public sealed class LiveSteerTests(Dpdk dpdk)
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory, Runtimes]
    public void Frames_between_two_running_workers_are_accounted_for(DataplaneRuntime runtime)
    {
        // Of twenty pairs of hosts about half meet at either worker; whole packets of theirs, and errors about them, come to both.
        byte[][] Queue(int queue, bool back) =>
        [
            .. Enumerable.Range(1, 20).SelectMany(host =>
            {
                Endpoints ends = host % 2 == 0 ? V4(host, 1) : V6(host, 1);
                ends = back ? ends.Turned : ends;
                byte[] whole = ends.Udp(10).ToBytes();
                return host % 2 == queue ? FragmentCut.Every(1448, ends.Udp(3000).ToBytes()).Prepend(whole) : [whole];
            }),
        ];
        using var rig = new WorkerRig(
            runtime,
            [Write("steer-lan0.pcap", Queue(0, false)), Write("steer-lan1.pcap", Queue(1, false))],
            [Write("steer-wan0.pcap", Queue(0, true)), Write("steer-wan1.pcap", Queue(1, true))]);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        ulong before = rig.Dataplane.RuntimeAllocatedBytes;
        rig.WaitFor(600_000, s_patience);
        ulong after = rig.Dataplane.RuntimeAllocatedBytes;
        rig.Stop();
        DataplaneCounters counters = rig.Dataplane.Counters();
        Assert.Equal(0, counters.Balance);
        IReadOnlyList<WorkerCounters> workers = rig.Dataplane.WorkerCounters();
        Assert.All(workers, worker => Assert.InRange(worker.HandedOver, 1000ul, counters.Received));
        Assert.All(workers, worker => Assert.InRange(worker.TakenOver, 1000ul, counters.Received));
        Assert.All(workers, worker => Assert.InRange(worker.HandedOverShare, 0.001, 1));

        // A ring that is full leaves holes in datagrams, and what comes round again meets what was left of them.
        Assert.Subset(
            new HashSet<DropReason>
            {
                DropReason.HandoverFull, DropReason.FragmentDuplicate, DropReason.FragmentOverlap, DropReason.FragmentLimit, DropReason.BadFragment,
            },
            counters.Dropped.Keys.ToHashSet());
        Assert.InRange(counters.Sent, counters.Received / 4, counters.Received);
        if (runtime == DataplaneRuntime.Aot)
        {
            Assert.Equal(before, after);
            Assert.All(Enumerable.Range(0, 2), worker => Assert.Equal(0ul, rig.Dataplane.WorkerAllocatedBytes(worker)));
        }
    }

    string Write(string name, byte[][] frames)
    {
        string path = dpdk.PathOf(name);
        CaptureFile.Write(path, frames.Select(frame => new CapturedFrame(Traffic.Epoch, frame)));
        return path;
    }
}
