using Conntrack.Dataplane.Steering;
using Conntrack.Memory;

namespace Conntrack.Dataplane.Tests.Steering;

/// <summary>Hops that a worker's tours may take in a time.</summary>
public sealed class TourLimiterTests
{
    const ulong Millisecond = 1000;

    [Theory]
    [InlineData(2u)]
    [InlineData(4u)]
    [InlineData(64u)]
    public void A_second_has_a_hundred_thousand_hops_however_many_a_tour_takes(uint hops)
    {
        TourLimiter limiter = default;
        uint taken = 0;
        for (ulong time = 0; time < 1000 * Millisecond; time += 5)
        {
            taken += limiter.TryTake(hops, Timestamp.FromMicroseconds(time)) ? hops : 0;
        }

        Assert.InRange(taken, 99_000u, 100_000 + TourLimiter.Most);
    }

    [Fact]
    public void Silence_saves_up_no_more_than_four_ticks()
    {
        TourLimiter limiter = default;
        ulong time = 1000 * Millisecond;
        for (int quiet = 0; quiet < 3; quiet++)
        {
            int taken = 0;
            while (limiter.TryTake(1, Timestamp.FromMicroseconds(time)))
            {
                taken++;
            }

            Assert.Equal((int)TourLimiter.Most, taken);
            time += 3600 * 1000 * Millisecond;
        }
    }

    [Fact]
    public void A_time_that_runs_backwards_brings_nothing()
    {
        TourLimiter limiter = default;
        while (limiter.TryTake(1, Timestamp.FromMicroseconds(1000 * Millisecond)))
        {
        }

        Assert.False(limiter.TryTake(1, Timestamp.FromMicroseconds(900 * Millisecond)));
        Assert.False(limiter.TryTake(1, Timestamp.FromMicroseconds(1000 * Millisecond)));
        Assert.True(limiter.TryTake(1, Timestamp.FromMicroseconds(1010 * Millisecond)));
    }
}
