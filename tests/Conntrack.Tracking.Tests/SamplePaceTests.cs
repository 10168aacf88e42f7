using Conntrack.Memory;
using Conntrack.Tracking.FastTrack;

namespace Conntrack.Tracking.Tests;

/// <summary>How often fasttracked connections are sampled.</summary>
public sealed class SamplePaceTests
{
    const uint Second = Timestamp.TicksPerSecond;

    [Fact]
    public void Once_a_second_while_samples_are_few()
    {
        SamplePace pace = Run(seconds: 10, connections: 10, packetsPerSecond: 10_000);
        Assert.Equal(Second, pace.Interval);
    }

    /// <summary>A million directions, three million packets a second: samples end between a four-hundredth and a hundredth of them.</summary>
    [Fact]
    public void Stretched_until_samples_are_less_than_a_hundredth()
    {
        SamplePace pace = Run(seconds: 20, connections: 1_000_000, packetsPerSecond: 3_000_000);
        double share = (1_000_000d * Second / pace.Interval) / 3_000_000;
        Assert.InRange(share, 0.0025, 0.01);
    }

    [Fact]
    public void Back_to_a_second_when_the_crowd_has_gone()
    {
        SamplePace pace = Run(seconds: 20, connections: 1_000_000, packetsPerSecond: 3_000_000);
        ulong packets = 0;
        for (uint second = 100; second < 120; second++)
        {
            pace.Judge(second * Second, 100_000_000, 100_000_000 + (packets += 10_000));
        }

        Assert.Equal(Second, pace.Interval);
    }

    [Fact]
    public void Nothing_changes_while_nothing_moves()
    {
        var pace = new SamplePace();
        pace.Judge(Second, 100, 200);
        Assert.Equal(2 * Second, pace.Interval);
        pace.Judge(2 * Second, 100, 200);
        pace.Judge(200 * Second, 100, 200);
        Assert.Equal(2 * Second, pace.Interval);
    }

    /// <summary>Never above an eighth of the timeout, never below a second.</summary>
    [Theory]
    [InlineData(18_000, 2_250)]
    [InlineData(100, 100)]
    [InlineData(8_640_000, 12_800)]
    public void An_eighth_of_the_timeout_at_most(uint timeout, uint interval)
    {
        SamplePace pace = Run(seconds: 30, connections: 1_000_000, packetsPerSecond: 1_000_000);
        Assert.Equal(12_800u, pace.Interval);
        Assert.Equal(interval, pace.IntervalFor(timeout));
        Assert.Equal(SamplePace.LongestSilence, pace.Silence);
    }

    static SamplePace Run(uint seconds, ulong connections, ulong packetsPerSecond)
    {
        var pace = new SamplePace();
        ulong samples = 0, packets = 0;
        for (uint second = 1; second <= seconds; second++)
        {
            ulong sampled = connections * Second / pace.Interval;
            samples += sampled;
            packets += packetsPerSecond - sampled;
            pace.Judge(second * Second, samples, packets);
        }

        return pace;
    }
}
