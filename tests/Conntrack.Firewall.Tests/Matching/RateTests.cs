using Conntrack.Firewall.Matching;
using Conntrack.Memory;

namespace Conntrack.Firewall.Tests.Matching;

/// <summary>A rate in one word against a bucket that is refilled every tick.</summary>
public class RateTests
{
    [Theory]
    [InlineData(5u, 100u, 10u, 1), InlineData(1u, 6000u, 2u, 1), InlineData(1_250_000u, 100u, 12_500u, 1500), InlineData(1u << 31, 1u, 1u << 31, 65535)]
    public void One_word_is_a_bucket(uint rate, uint time, uint burst, int mostSize)
    {
        Random random = new((int)rate + mostSize);
        ulong state = 0;
        UInt128 most = (UInt128)burst * time, bucket = most;
        uint tick = 1000, filled = tick;
        for (int i = 0; i < 20_000; i++)
        {
            tick += (uint)(random.Next(3) == 0 ? random.Next(200) : 0);
            uint size = (uint)random.Next(1, mostSize + 1);
            bucket = UInt128.Min(most, bucket + ((UInt128)(tick - filled) * rate));
            filled = tick;
            bool fits = (UInt128)size * time <= bucket;
            bucket -= fits ? (UInt128)size * time : 0;
            Assert.Equal(fits, Rate.Take(ref state, (ulong)tick << 16, rate, time, burst, size));
        }
    }

    /// <summary>What another rule left behind in its slot, or a clock that began anew, keeps nobody out.</summary>
    [Fact]
    public void A_foreign_word_counts_as_none()
    {
        ulong state = ulong.MaxValue - 5;
        Assert.True(Rate.Take(ref state, Timestamp.FromMicroseconds(5), 5, 100, 1, 1));
        Assert.False(Rate.Take(ref state, Timestamp.FromMicroseconds(5), 5, 100, 1, 1));
    }
}
