namespace Conntrack.Memory.Tests;

public sealed class TimestampTests
{
    [Theory]
    [InlineData(0ul, 1u, 0)]
    [InlineData(9_999ul, 1u, 9_999)]
    [InlineData(10_000ul, 2u, 0)]
    [InlineData(1_000_001ul, 101u, 1)]
    [InlineData((0xffff_fffful - 1) * 10_000, 0xffff_ffffu, 0)]
    [InlineData((0xffff_fffful * 10_000) + 7, 0u, 7)]
    public void Splits_microseconds_into_tick_and_phase(ulong microseconds, uint tick, int phase)
    {
        ulong timestamp = Timestamp.FromMicroseconds(microseconds);
        Assert.Equal(tick, Timestamp.Tick(timestamp));
        Assert.Equal(phase, Timestamp.Phase(timestamp));
    }
}
