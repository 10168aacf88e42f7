using System.Globalization;
using System.Numerics;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Menus;

/// <summary>One word of a list. The first word of each value is the one written.</summary>
/// <remarks>
/// Plain arrays and loops: there are dozens of kinds of values, each of which would have a compiled copy of every query, all before a router has read
/// its script.
/// </remarks>
public sealed class WordGrammar<T> : ValueGrammar<T>
    where T : notnull
{
    readonly string[] _words;
    readonly T[] _values;

    public WordGrammar(params (string Word, T Value)[] words)
    {
        _words = new string[words.Length];
        _values = new T[words.Length];
        List<string> written = [];
        for (int n = 0; n < words.Length; n++)
        {
            (_words[n], _values[n]) = words[n];
            if (PlaceOf(_values[n]) == n)
            {
                written.Add(_words[n]);
            }
        }

        Expected = OneOf(written);
    }

    public override string Expected { get; }

    public override IReadOnlyList<string> Words => _words;

    public override ValueKind Kind => typeof(T) == typeof(bool) ? ValueKind.Flag : ValueKind.Text;

    public override ValueProblem? Parse(string text, out T value)
    {
        int place = Array.IndexOf(_words, text);
        value = _values[Math.Max(place, 0)];
        return place < 0 ? Whole(text, "is not one of its words") : null;
    }

    public override string Format(T value) => _words[PlaceOf(value)];

    /// <summary>The first.</summary>
    int PlaceOf(T value)
    {
        int place = 0;
        while (!_values[place].Equals(value))
        {
            place++;
        }

        return place;
    }

    static string OneOf(List<string> words) =>
        words.Count == 1 ? words[0] : string.Join(", ", words[..^1]) + " or " + words[^1];
}

/// <summary>A time in any of RouterOS's spellings, inclusive limits, a multiple of <paramref name="step"/>.</summary>
public sealed class TimeGrammar(TimeSpan least, TimeSpan most, TimeSpan step) : ValueGrammar<TimeSpan>
{
    public override string Expected { get; } =
        $"a time from {Write(least)} to {Write(most)} in steps of {Write(step)}, such as 30s, 5m, 1d or 00:05:00";

    public override ValueProblem? Parse(string text, out TimeSpan value)
    {
        if (!RouterOsTime.TryParse(text, out value))
        {
            return Whole(text, "is no time");
        }

        if (value < least || value > most)
        {
            return Whole(text, "is out of range");
        }

        return value.Ticks % step.Ticks == 0 ? null : Whole(text, $"is no multiple of {Write(step)}");
    }

    public override string Format(TimeSpan value) => Write(value);

    /// <summary>RouterOS's units with the milliseconds that its own form leaves out: <c>1m30s200ms</c>.</summary>
    static string Write(TimeSpan value)
    {
        int milliseconds = value.Milliseconds;
        if (milliseconds == 0)
        {
            return RouterOsTime.Format(value);
        }

        string fraction = milliseconds.ToString(CultureInfo.InvariantCulture) + "ms";
        return value < TimeSpan.FromSeconds(1) ? fraction : RouterOsTime.Format(value) + fraction;
    }
}

/// <summary>A whole number in decimal digits, inclusive limits.</summary>
public sealed class NumberGrammar<T>(T least, T most) : ValueGrammar<T>
    where T : struct, IBinaryInteger<T>
{
    public override string Expected { get; } = $"a number from {least} to {most}";

    public override ValueKind Kind => ValueKind.Number;

    public override ValueProblem? Parse(string text, out T value)
    {
        value = default;
        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
        {
            return Whole(text, "is no number");
        }

        return T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most
            ? null
            : Whole(text, "is out of range");
    }

    public override string Format(T value) => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>The address of one station: six bytes in hexadecimal, neither a group's nor zero.</summary>
public sealed class MacAddressGrammar : ValueGrammar<MacAddress>
{
    public override string Expected => "a unicast MAC address such as 02:00:00:00:00:01";

    public override ValueProblem? Parse(string text, out MacAddress value)
    {
        if (!MacAddress.TryParse(text, out value))
        {
            return Whole(text, "is no MAC address");
        }

        return value.IsUnicast ? null : Whole(text, "is no address of one station");
    }

    public override string Format(MacAddress value) => value.ToString();
}

/// <summary>Any text up to a length in characters.</summary>
public sealed class TextGrammar(int least, int most) : ValueGrammar<string>
{
    public override string Expected { get; } =
        least == 0 ? $"a text of at most {most} characters" : $"a text of {least} to {most} characters";

    public override ValueProblem? Parse(string text, out string value)
    {
        value = text;
        if (text.Length < least)
        {
            return Whole(text, "is empty");
        }

        return text.Length <= most ? null : Whole(text, "is too long");
    }

    public override string Format(string value) => value;
}
