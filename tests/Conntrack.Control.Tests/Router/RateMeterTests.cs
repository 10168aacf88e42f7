using System.Diagnostics;
using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Control.Tests.Router;

public sealed class RateMeterTests
{
    [Fact]
    public void Rates_are_what_came_in_a_second()
    {
        long now = 5 * Stopwatch.Frequency;
        var counters = new InterfaceCounters(0, 0, 0, 0, 0);
        int reads = 0;
        var meter = new RateMeter(
            () =>
            {
                reads++;
                return [counters];
            },
            () => now);
        meter.Sample();
        Assert.Empty(meter.Rates);

        counters = new InterfaceCounters(100, 6400, 50, 3200, 0);
        now += Stopwatch.Frequency / 2;
        meter.Sample();
        Assert.Empty(meter.Rates);
        Assert.Equal(1, reads);

        now += Stopwatch.Frequency * 3 / 2;
        meter.Sample();
        Assert.Equal(new InterfaceRates(50, 25_600, 25, 12_800), Assert.Single(meter.Rates));
        now += Stopwatch.Frequency;
        meter.Sample();
        Assert.Equal(default, Assert.Single(meter.Rates));
    }
}
