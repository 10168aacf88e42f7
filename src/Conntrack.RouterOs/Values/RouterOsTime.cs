using System.Globalization;
using System.Text;

namespace Conntrack.RouterOs.Values;

/// <summary>
/// RouterOS's time words: <c>5s</c>, <c>4m59s</c>, <c>1d</c>, <c>4w2d</c>, <c>00:05:00</c>, <c>1d00:00:00</c>, <c>00:00:00.200</c>,
/// <c>200ms</c>. A bare number is seconds. The API prints units, the console of 7.24 prints the clock form: both are read, units are written.
/// </summary>
public static class RouterOsTime
{
    static readonly (string Unit, long Ticks)[] s_units =
    [
        ("w", 7 * TimeSpan.TicksPerDay), ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    static readonly (string Unit, long Ticks)[] s_readable =
        [.. s_units, ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond)];

    /// <summary>Units largest first, zeros left out, rounded down to a second; <c>0s</c> for less than one.</summary>
    public static string Format(TimeSpan time)
    {
        long rest = Math.Max(0, time.Ticks);
        var text = new StringBuilder();
        foreach ((string unit, long ticks) in s_units)
        {
            long count = rest / ticks;
            rest %= ticks;
            if (count > 0)
            {
                text.Append(count).Append(unit);
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    /// <summary>Reads any of the forms above; false when the text is none of them, is negative or overflows.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        long total = 0;
        ReadOnlySpan<char> rest = text;
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            int digits = CountDigits(rest);
            if (digits == 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return false;
            }

            if (digits < rest.Length && rest[digits] == ':')
            {
                if (!TryParseClock(rest, out long clock) || !TryAdd(ref total, clock, 1))
                {
                    return false;
                }

                break;
            }

            rest = rest[digits..];
            if (rest.IsEmpty)
            {
                // Only a number that stands alone may leave its unit out: "1d5" is a typing error, not a day and five seconds.
                if (digits != text.Length || !TryAdd(ref total, number, TimeSpan.TicksPerSecond))
                {
                    return false;
                }

                break;
            }

            if (!TryTakeUnit(ref rest, out long ticks) || !TryAdd(ref total, number, ticks))
            {
                return false;
            }
        }

        time = new TimeSpan(total);
        return true;
    }

    static bool TryTakeUnit(ref ReadOnlySpan<char> rest, out long ticks)
    {
        int letters = 0;
        while (letters < rest.Length && char.IsAsciiLetter(rest[letters]))
        {
            letters++;
        }

        foreach ((string unit, long unitTicks) in s_readable)
        {
            if (rest[..letters].SequenceEqual(unit))
            {
                rest = rest[letters..];
                ticks = unitTicks;
                return true;
            }
        }

        ticks = 0;
        return false;
    }

    /// <summary>H:M:S with an optional fraction of up to seven digits; minutes and seconds stay below 60.</summary>
    static bool TryParseClock(ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        ReadOnlySpan<char> fraction = default;
        int dot = text.IndexOf('.');
        if (dot >= 0)
        {
            fraction = text[(dot + 1)..];
            text = text[..dot];
            if (fraction.IsEmpty || fraction.Length > 7 || CountDigits(fraction) != fraction.Length)
            {
                return false;
            }
        }

        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, ':') != 3
            || !TryParseDigits(text[parts[0]], out long hours)
            || !TryParseDigits(text[parts[1]], out long minutes) || minutes > 59
            || !TryParseDigits(text[parts[2]], out long seconds) || seconds > 59
            || hours > 24L * 36_500)
        {
            return false;
        }

        ticks = (((hours * 60) + minutes) * 60 + seconds) * TimeSpan.TicksPerSecond;
        if (!fraction.IsEmpty)
        {
            long value = long.Parse(fraction, NumberStyles.None, CultureInfo.InvariantCulture);
            for (int i = fraction.Length; i < 7; i++)
            {
                value *= 10;
            }

            ticks += value;
        }

        return true;
    }

    static bool TryParseDigits(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    static int CountDigits(ReadOnlySpan<char> text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        return digits;
    }

    static bool TryAdd(ref long total, long count, long ticks)
    {
        Int128 sum = total + ((Int128)count * ticks);
        if (sum > TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        total = (long)sum;
        return true;
    }
}
