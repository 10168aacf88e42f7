using System.Globalization;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// What a bare word of a script means: a number, an address, a time, else text. RouterOS's <c>yes</c> and <c>no</c> stay text, so that they
/// are written as they were; wherever a truth is asked for they are one.
/// </summary>
static class ScriptLiteral
{
    public static ScriptData Of(string word)
    {
        if (word.Length == 0)
        {
            return TextData.Empty;
        }

        if (word.Contains(',', StringComparison.Ordinal))
        {
            return ArrayData.Of(word.Split(',').Select(Of));
        }

        return word switch
        {
            "true" => TruthData.True,
            "false" => TruthData.False,
            "nil" => NothingData.Nil,
            "nothing" => NothingData.Nothing,
            _ => Number(word) ?? Id(word) ?? Address(word) ?? Prefix(word) ?? Time(word) ?? new TextData(word),
        };
    }

    /// <summary>A whole number, decimal or with 0x hexadecimal; null for anything else.</summary>
    public static ScriptData? Number(string word)
    {
        bool negative = word[0] == '-';
        ReadOnlySpan<char> digits = word.AsSpan(negative || word[0] == '+' ? 1 : 0);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hexadecimal)
                && hexadecimal >= 0
                ? new NumberData(negative ? -hexadecimal : hexadecimal)
                : null;
        }

        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new NumberData(negative ? -number : number)
            : null;
    }

    public static ScriptData? Id(string word) =>
        word is ['*', _, ..] && ulong.TryParse(word.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)
            ? new IdData(word.ToLowerInvariant())
            : null;

    public static AddressData? Address(ReadOnlySpan<char> word) =>
        AddressNumber.TryParseIPv4(word, out UInt128 number) ? new AddressData(number, IsIPv6: false)
        : AddressNumber.TryParseIPv6(word, out number) ? new AddressData(number, IsIPv6: true)
        : null;

    public static ScriptData? Prefix(string word)
    {
        int slash = word.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && Address(word.AsSpan(0, slash)) is AddressData address
            && int.TryParse(word.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits)
            && bits <= (address.IsIPv6 ? 128 : 32)
            ? new PrefixData(address, bits)
            : null;
    }

    /// <summary>A time that says so, with units or as a clock; a bare number is a number.</summary>
    public static ScriptData? Time(string word)
    {
        bool negative = word[0] == '-';
        ReadOnlySpan<char> text = word.AsSpan(negative ? 1 : 0);
        return text.Length > 0 && char.IsAsciiDigit(text[0]) && !char.IsAsciiDigit(text[^1]) | text.Contains(':')
            && RouterOsTime.TryParse(text, out TimeSpan time)
            ? new TimeData(negative ? -time : time)
            : null;
    }

    /// <summary>The truth a value is, or null for one that is none.</summary>
    public static bool? Truth(ScriptData data) => data switch
    {
        TruthData truth => truth.Value,
        TextData { Value: "yes" or "true" } => true,
        TextData { Value: "no" or "false" } => false,
        _ => null,
    };

    /// <summary>Text as what it would mean without quotes; anything else as it is.</summary>
    public static ScriptData Loose(ScriptData data) => data is TextData { Value.Length: > 0 and < 64 } text ? Of(text.Value) : data;
}
