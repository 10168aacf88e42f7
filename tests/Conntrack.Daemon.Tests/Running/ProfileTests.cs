using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Where the workers' time goes, for whoever asks and while somebody does.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class ProfileTests(ObservingRouter router)
{
    static readonly string[] s_stages =
        [
            "receive", "parse", "fasttrack", "steer", "raw", "reassemble", "track", "dstnat", "route", "filter", "srcnat", "confirm",
            "neighbour", "deliver", "transmit", "originate", "housekeeping",
        ];

    [Fact]
    public async Task A_worker_at_work_is_profiled_by_stages()
    {
        string folder = RouterProcess.NewFolder();
        string capture = ObservingRouter.CaptureFile(folder);
        await using RouterProcess busy = await RouterProcess.StartAsync(
            folder, "--port", $"ether1=net_pcap0,rx_pcap={capture},infinite_rx=1", "--port", "ether2=net_pcap1,tx_pcap=/dev/null");
        GetStatsResponse stats = await new TelemetryService.TelemetryServiceClient(busy.Channel).GetStatsAsync(Profiled(TimeSpan.FromSeconds(0.3)));
        WorkerStats worker = Assert.Single(stats.Workers);
        WorkerProfile profile = worker.Profile;
        Assert.Equal(s_stages, profile.Stages.Select(stage => stage.Stage));
        Dictionary<string, StageProfile> stages = profile.Stages.ToDictionary(stage => stage.Stage);
        ulong received = stages["receive"].Packets;
        Assert.InRange(received, 1ul, worker.Rx);
        Assert.All(["parse", "track", "transmit"], stage => Assert.InRange(stages[stage].Packets, received * 9 / 10, received * 11 / 10));
        Assert.All(["receive", "parse", "track", "transmit", "housekeeping"], stage => Assert.NotEqual(0ul, stages[stage].Cycles));

        // A counter of some GHz, and 300 ms of it, as exactly as its frequency is known; the worker's CPU may be somebody else's as well, but not mostly.
        Assert.InRange(profile.TscFrequency, 100_000_000ul, 10_000_000_000ul);
        Assert.InRange(profile.MeasuredNanoseconds, 290_000_000ul, 30_000_000_000ul);
        double seconds = stages.Values.Sum(stage => (double)stage.Cycles) / profile.TscFrequency;
        Assert.InRange(seconds * 1e9, profile.MeasuredNanoseconds * 0.1, profile.MeasuredNanoseconds * 1.1);
        AssertGapsAgree(profile);
    }

    [Fact]
    public async Task A_worker_without_packets_is_profiled_as_well()
    {
        WorkerProfile profile = Assert.Single((await router.Telemetry.GetStatsAsync(Profiled(TimeSpan.FromMilliseconds(20)))).Workers).Profile;
        Assert.NotEqual(0ul, profile.Bursts);
        Assert.All(profile.Stages, stage => Assert.Equal(0ul, stage.Packets));
        AssertGapsAgree(profile);
    }

    [Fact]
    public async Task Who_asks_for_less_takes_nothing_from_who_asks_for_more()
    {
        Task<GetStatsResponse> longer = router.Telemetry.GetStatsAsync(Profiled(TimeSpan.FromSeconds(1))).ResponseAsync;
        WorkerProfile[] shorter = new WorkerProfile[3];
        for (int n = 0; n < shorter.Length; n++)
        {
            shorter[n] = Assert.Single((await router.Telemetry.GetStatsAsync(Profiled(TimeSpan.FromMilliseconds(50)))).Workers).Profile;
        }

        Assert.False(longer.IsCompleted, "50 ms took a second: nothing overlapped");
        WorkerProfile whole = Assert.Single((await longer).Workers).Profile;
        Assert.All(shorter, profile => Assert.InRange(profile.Bursts, 1ul, whole.Bursts - 1));

        // Two clocks: a second by the system's may be a little less by the time-stamp counter, whose frequency is rounded.
        Assert.InRange(whole.MeasuredNanoseconds, 980_000_000ul, ulong.MaxValue);
        Assert.InRange(whole.Bursts, shorter.Aggregate(0ul, (sum, profile) => sum + profile.Bursts), ulong.MaxValue);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_next_a_profile_of_its_own()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Violations.HasStatusAsync(
            Grpc.Core.StatusCode.Cancelled,
            () => router.Telemetry.GetStatsAsync(Profiled(TimeSpan.FromSeconds(30)), cancellationToken: impatient.Token).ResponseAsync);
        WorkerProfile profile = Assert.Single((await router.Telemetry.GetStatsAsync(Profiled(TimeSpan.FromMilliseconds(20)))).Workers).Profile;
        Assert.InRange(profile.MeasuredNanoseconds, 20_000_000ul, 10_000_000_000ul);
    }

    [Fact]
    public async Task Nobody_who_asks_for_counters_alone_gets_a_profile() =>
        Assert.Null(Assert.Single((await router.Telemetry.GetStatsAsync(new GetStatsRequest())).Workers).Profile);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 9_999_999)]
    [InlineData(60, 100)]
    [InlineData(-1, 0)]
    [InlineData(0, -20_000_000)]
    [InlineData(0, 1_000_000_000)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public async Task A_duration_is_from_10_ms_to_a_minute(long seconds, int nanos)
    {
        var request = new GetStatsRequest { ProfileDuration = new Duration { Seconds = seconds, Nanos = nanos } };
        Assert.Equal(
            ("profile_duration", "profile-duration is from 10ms to 1 minute"),
            Assert.Single(await Violations.OfAsync(() => router.Telemetry.GetStatsAsync(request).ResponseAsync)));
    }

    static GetStatsRequest Profiled(TimeSpan duration) => new() { ProfileDuration = Duration.FromTimeSpan(duration) };

    /// <summary>Words are read one by one while the worker goes on, so sums are near and not equal.</summary>
    static void AssertGapsAgree(WorkerProfile profile)
    {
        ulong gaps = profile.Gaps.Aggregate(0ul, (sum, bucket) => sum + bucket.Count);
        Assert.InRange(gaps, profile.Bursts * 9 / 10, profile.Bursts * 11 / 10);
        Assert.Equal(profile.Gaps.OrderBy(bucket => bucket.FromNanoseconds), profile.Gaps);
        Assert.All(profile.Gaps, bucket =>
        {
            Assert.True(bucket.FromNanoseconds < bucket.BelowNanoseconds);
            Assert.NotEqual(0ul, bucket.Count);
        });
        Assert.InRange(profile.LongestGapNanoseconds, 1ul, profile.Gaps[^1].BelowNanoseconds);
        Assert.InRange(
            profile.Stalls,
            Count(bucket => bucket.FromNanoseconds >= 100_000),
            Count(bucket => bucket.BelowNanoseconds > 100_000));

        ulong Count(Func<GapBucket, bool> which) => profile.Gaps.Where(which).Aggregate(0ul, (sum, bucket) => sum + bucket.Count);
    }
}
