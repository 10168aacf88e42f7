using System.Globalization;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>Times as the console of RouterOS writes them.</summary>
static class ClockText
{
    /// <summary><c>00:05:00</c>, with weeks and days in front and a fraction behind where there are any.</summary>
    public static string Format(TimeSpan time)
    {
        string sign = time < TimeSpan.Zero ? "-" : "";
        time = time.Duration();
        string weeks = time.Days >= 7 ? string.Create(CultureInfo.InvariantCulture, $"{time.Days / 7}w") : "";
        string days = time.Days % 7 > 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.Days % 7}d") : "";
        long fraction = time.Ticks % TimeSpan.TicksPerSecond;
        string rest = fraction == 0 ? "" : "." + fraction.ToString("D7", CultureInfo.InvariantCulture).TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{weeks}{days}{time.Hours:D2}:{time.Minutes:D2}:{time.Seconds:D2}{rest}");
    }
}
