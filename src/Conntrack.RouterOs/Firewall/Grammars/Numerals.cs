using System.Globalization;
using System.Numerics;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Numbers within the values of rules: decimal digits, and where RouterOS has it k, M or G behind them.</summary>
static class Numerals
{
    static readonly (char Suffix, ulong Factor)[] s_suffixes = [('G', 1_000_000_000), ('M', 1_000_000), ('k', 1_000)];

    /// <summary>The number; null when the text is none, or out of the range.</summary>
    public static T? Read<T>(string text, T least, T most)
        where T : struct, IBinaryInteger<T> =>
        text.Length > 0 && text.All(char.IsAsciiDigit) && T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out T value)
            && value >= least && value <= most
            ? value
            : null;

    /// <summary><c>100k</c>, <c>10M</c> or plain digits.</summary>
    public static ulong? ReadScaled(string text, ulong most)
    {
        ulong factor = 1;
        foreach ((char suffix, ulong times) in s_suffixes)
        {
            if (text.Length > 1 && (text[^1] == suffix || text[^1] == char.ToUpperInvariant(suffix)))
            {
                factor = times;
                text = text[..^1];
                break;
            }
        }

        return Read<ulong>(text, 0, most / factor) * factor;
    }

    public static string Write<T>(T value)
        where T : IBinaryInteger<T> => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>With the largest suffix that leaves nothing behind.</summary>
    public static string WriteScaled(ulong value)
    {
        foreach ((char suffix, ulong factor) in s_suffixes)
        {
            if (value > 0 && value % factor == 0)
            {
                return Write(value / factor) + suffix;
            }
        }

        return Write(value);
    }

    /// <summary>The text in front of the first <paramref name="mark"/> and the text behind it, null when there is none.</summary>
    public static (string Head, string? Tail) Split(string text, char mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
