using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>Ranges of numbers.</summary>
static class RangeGrammars
{
    /// <summary>Sizes in bytes: one, or from one to another.</summary>
    public static ValueGrammar<ValueRange<ushort>> Sizes { get; } = new FormGrammar<ValueRange<ushort>>(
        "a size from 0 to 65535, or a range such as 0-1378", "is no range of sizes", ReadSizes,
        static range => range.From == range.To ? Numerals.Write(range.From) : $"{range.From}-{range.To}");

    /// <summary>Bytes of a connection; 0 behind the dash is no end.</summary>
    public static ValueGrammar<ValueRange<ulong>> Bytes { get; } = new FormGrammar<ValueRange<ulong>>(
        "a range of bytes such as 500000-0, where 0 at the end is no end", "is no range of bytes", static text => ReadOpen(text, ulong.MaxValue),
        static range => $"{range.From}-{range.To}");

    /// <summary>Bits a second; 0 behind the dash is no end.</summary>
    public static ValueGrammar<ValueRange<ulong>> Rates { get; } = new FormGrammar<ValueRange<ulong>>(
        "a range of bits a second such as 0-100k, up to 4294967295", "is no range of rates", static text => ReadOpen(text, uint.MaxValue),
        static range => $"{Numerals.WriteScaled(range.From)}-{Numerals.WriteScaled(range.To)}");

    static ValueRange<ushort>? ReadSizes(string text)
    {
        (string head, string? tail) = Numerals.Split(text, '-');
        return Numerals.Read(head, ushort.MinValue, ushort.MaxValue) is { } from
            && Numerals.Read(tail ?? head, ushort.MinValue, ushort.MaxValue) is { } to && from <= to
            ? new(from, to)
            : null;
    }

    static ValueRange<ulong>? ReadOpen(string text, ulong most)
    {
        (string head, string? tail) = Numerals.Split(text, '-');
        return tail is not null && Numerals.ReadScaled(head, most) is { } from && Numerals.ReadScaled(tail, most) is { } to
            && (to == 0 || from <= to)
            ? new(from, to)
            : null;
    }
}
