using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Dataplane.Tests;

/// <summary>Where a worker's time goes, asked while it forwards.</summary>
[Collection(Dpdk.Collection)]
public sealed class MeasurementTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Stages that no packet passes by when nothing is fasttracked.</summary>
    static readonly Stage[] s_all =
        [Stage.Receive, Stage.Parse, Stage.Raw, Stage.Track, Stage.Route, Stage.Filter, Stage.Confirm, Stage.Transmit, Stage.Housekeeping];

    [Theory, Runtimes]
    public void Every_stage_counts_what_passed_it(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        WorkerMeasurement measurement = rig.Dataplane.BeginMeasurement();

        // The burst under way is not measured yet.
        rig.Dataplane.WaitForWorkers();
        ulong before = rig.Dataplane.Counters().Received;
        rig.WaitFor(before + 100_000, s_patience);
        ulong after = rig.Dataplane.Counters().Received;
        MeasuredWorker measured = Assert.Single(rig.Dataplane.EndMeasurement(measurement));
        rig.Stop();

        ulong received = measured.Stages[(int)Stage.Receive].Packets;
        Assert.InRange(received, after - before - Worker.MaxBurst, ulong.MaxValue);
        Assert.All(s_all, stage =>
        {
            // Read one by one while the worker goes on: a burst, and what it does while a slow machine reads on.
            Assert.InRange(measured.Stages[(int)stage].Packets, received - Worker.MaxBurst, received + (received / 10));
            Assert.NotEqual(0ul, measured.Stages[(int)stage].Cycles);
        });
        Assert.Equal(0ul, measured.Stages[(int)Stage.FastTrack].Packets);

        // Stages are all a burst consists of, and bursts all there is between two readings of the clock.
        ulong inStages = measured.Stages.Aggregate(0ul, (sum, stage) => sum + stage.Cycles);
        Assert.InRange(inStages, 1ul, measured.MeasuredCycles + (measured.MeasuredCycles / 10));
        ulong gaps = measured.Gaps.Aggregate(0ul, (sum, count) => sum + count);
        Assert.InRange(gaps, measured.Bursts - 1, measured.Bursts + (measured.Bursts / 10));
    }

    [Fact]
    public void The_longest_gap_lies_in_the_last_bucket_and_stalls_in_those_from_a_tenth_of_a_millisecond()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        WorkerMeasurement measurement = rig.Dataplane.BeginMeasurement();
        rig.WaitFor(rig.Dataplane.Counters().Received + 500_000, s_patience);

        // A longer one may come between the two readings: the worker has to stand still for both.
        rig.Stop();
        MeasuredWorker measured = Assert.Single(rig.Dataplane.EndMeasurement(measurement));
        ulong last = (ulong)measured.Gaps.ToList().FindLastIndex(count => count != 0);
        Assert.Equal(last, ulong.Log2(measured.LongestGapCycles));

        ulong stall = measured.TscFrequency / (1_000_000 / WorkerProfile.StallMicroseconds);
        int boundary = (int)ulong.Log2(stall);
        ulong certain = Sum(measured.Gaps.Skip(boundary + 1)), possible = Sum(measured.Gaps.Skip(boundary));
        Assert.InRange(measured.Stalls, certain, possible);
        Assert.Equal(measured.LongestGapCycles > stall, measured.Stalls > 0);

        static ulong Sum(IEnumerable<ulong> counts) => counts.Aggregate(0ul, (sum, count) => sum + count);
    }

    [Fact]
    public void Nobody_who_ends_switches_another_off_and_each_has_its_own_time()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        WorkerMeasurement whole = rig.Dataplane.BeginMeasurement();
        rig.WaitFor(rig.Dataplane.Counters().Received + 50_000, s_patience);
        WorkerMeasurement part = rig.Dataplane.BeginMeasurement();
        rig.WaitFor(rig.Dataplane.Counters().Received + 50_000, s_patience);
        MeasuredWorker inPart = Assert.Single(rig.Dataplane.EndMeasurement(part));
        rig.WaitFor(rig.Dataplane.Counters().Received + 50_000, s_patience);
        MeasuredWorker inWhole = Assert.Single(rig.Dataplane.EndMeasurement(whole));

        const ulong UnderWay = 3 * Worker.MaxBurst;
        Assert.InRange(Received(inPart), 50_000 - UnderWay, Received(inWhole) - 100_000 + UnderWay);
        Assert.InRange(inPart.MeasuredCycles, 1ul, inWhole.MeasuredCycles - 1);
        Assert.InRange(inPart.LongestGapCycles, 1ul, inWhole.LongestGapCycles);
        Assert.Throws<ArgumentException>(() => rig.Dataplane.EndMeasurement(part));

        static ulong Received(MeasuredWorker worker) => worker.Stages[(int)Stage.Receive].Packets;
    }

    /// <summary>The worker's own words stand still: it runs the code without measurement.</summary>
    [Theory, Runtimes]
    public unsafe void Nothing_is_measured_while_nobody_asks(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        WorkerProfile* profile = rig.Dataplane.Settings->WorkerStates[0].Profile;
        Assert.Equal(0ul, profile->Bursts);

        WorkerMeasurement measurement = rig.Dataplane.BeginMeasurement();
        rig.Dataplane.WaitForWorkers();
        rig.Dataplane.EndMeasurement(measurement);
        rig.Dataplane.WaitForWorkers();
        ulong bursts = profile->Bursts;
        Assert.NotEqual(0ul, bursts);
        rig.WaitFor(rig.Dataplane.Counters().Received + 100_000, s_patience);
        Assert.Equal(bursts, profile->Bursts);
    }
}
