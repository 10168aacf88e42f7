using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Tests.Printing;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData(0ul, "0")]
    [InlineData(999ul, "999")]
    [InlineData(25_675ul, "25 675")]
    [InlineData(1_000_000ul, "1 000 000")]
    [InlineData(ulong.MaxValue, "18 446 744 073 709 551 615")]
    public void Counters_are_grouped_by_a_space(ulong value, string expected) => Assert.Equal(expected, NumberText.Counter(value));

    [Theory]
    [InlineData(0ul, "0bps")]
    [InlineData(1_760ul, "1760bps")]
    [InlineData(1_999ul, "1999bps")]
    [InlineData(2_000ul, "2.0kbps")]
    [InlineData(6_499ul, "6.4kbps")]
    [InlineData(26_400ul, "26.4kbps")]
    [InlineData(1_999_999ul, "1999.9kbps")]
    [InlineData(2_000_000ul, "2.0Mbps")]
    [InlineData(940_000_000ul, "940.0Mbps")]
    [InlineData(9_940_000_000ul, "9.9Gbps")]
    public void Rates_take_a_unit_from_two_of_it_on(ulong value, string expected) => Assert.Equal(expected, NumberText.Rate(value));
}
