using System.Globalization;

namespace Conntrack.RouterOs.Printing;

/// <summary>Numbers as RouterOS shows them to people.</summary>
public static class NumberText
{
    static readonly NumberFormatInfo s_grouped = new() { NumberGroupSeparator = " ", NumberGroupSizes = [3] };

    static readonly (string Unit, ulong Size)[] s_rates = [("Gbps", 1_000_000_000), ("Mbps", 1_000_000), ("kbps", 1_000)];

    /// <summary>Thousands apart by a space: <c>25 675</c>.</summary>
    public static string Counter(ulong value) => value.ToString("N0", s_grouped);

    /// <summary>
    /// Bits per second: <c>0bps</c>, <c>1760bps</c>, <c>6.4kbps</c>. A unit is taken from two of it on, as RouterOS shows 1760 in bps; the
    /// digit behind the point is rounded down, so a rate is never shown higher than it is.
    /// </summary>
    public static string Rate(ulong bitsPerSecond)
    {
        foreach ((string unit, ulong size) in s_rates)
        {
            if (bitsPerSecond / 2 >= size)
            {
                ulong tenths = bitsPerSecond / (size / 10);
                return string.Create(CultureInfo.InvariantCulture, $"{tenths / 10}.{tenths % 10}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond}bps");
    }

    public static string Plain(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
