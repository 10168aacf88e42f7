using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Tests.Values;

public sealed class RouterOsTimeTests
{
    [Theory]
    [InlineData("5", "5s")]
    [InlineData("5s", "5s")]
    [InlineData("299s", "4m59s")]
    [InlineData("1d", "1d")]
    [InlineData("23h59m52s", "23h59m52s")]
    [InlineData("4w2d", "4w2d")]
    [InlineData("00:05:00", "5m")]
    [InlineData("1d00:00:01", "1d1s")]
    [InlineData("00:00:00.200", "0s")]
    [InlineData("1500ms", "1s")]
    [InlineData("0", "0s")]
    public void Reads_every_spelling_and_writes_units(string text, string expected)
    {
        Assert.True(RouterOsTime.TryParse(text, out TimeSpan time));
        Assert.Equal(expected, RouterOsTime.Format(time));
    }

    [Theory]
    [InlineData("00:00:00.200", 200)]
    [InlineData("200ms", 200)]
    [InlineData("1s5ms", 1005)]
    public void Keeps_fractions_of_a_second(string text, int milliseconds)
    {
        Assert.True(RouterOsTime.TryParse(text, out TimeSpan time));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("5x")]
    [InlineData("1d5")]
    [InlineData("00:60:00")]
    [InlineData("00:05")]
    [InlineData("00:00:00.")]
    [InlineData("99999999999999999999s")]
    [InlineData("9999999999999w")]
    public void Refuses_what_is_no_time(string text) => Assert.False(RouterOsTime.TryParse(text, out _));
}
