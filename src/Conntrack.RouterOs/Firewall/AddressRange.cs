using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Firewall;

/// <summary>Addresses from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
/// <param name="First">In host order; IPv4 in the low 32 bits.</param>
/// <param name="Last">In host order; not below <paramref name="First"/>.</param>
/// <param name="Text">
/// As RouterOS prints it: <c>10.0.0.1</c>, <c>10.0.0.0/8</c>, <c>10.0.0.1-10.0.0.9</c>, <c>2001:db8::/32</c>, <c>2001:db8::1/128</c>.
/// </param>
public readonly record struct AddressRange(UInt128 First, UInt128 Last, string Text)
{
    /// <summary>The addresses between two, in the shortest of the forms: one address, a prefix, else a range.</summary>
    public static AddressRange Of(RuleFamily family, UInt128 first, UInt128 last)
    {
        UInt128 span = first ^ last;
        bool isPrefix = (span & (span + 1)) == 0 && (first & span) == 0 && (last & span) == span;
        int length = (family == RuleFamily.Ipv4 ? 32 : 128) - (int)UInt128.PopCount(span);
        string text = !isPrefix ? $"{Address(family, first)}-{Address(family, last)}"
            : first == last && family == RuleFamily.Ipv4 ? Address(family, first)
            : new AddressPrefix(family, first, length).ToString();
        return new AddressRange(first, last, text);
    }

    public bool Contains(UInt128 address) => address >= First && address <= Last;

    /// <summary>
    /// Reads what a rule of <paramref name="family"/> may name: an address or a prefix; for IPv4 also a range or a netmask. Host bits of a
    /// prefix are cleared, as RouterOS does.
    /// </summary>
    public static bool TryParse(RuleFamily family, ReadOnlySpan<char> text, out AddressRange range) =>
        family == RuleFamily.Ipv4 ? TryParseIPv4(text, out range) : TryParseIPv6(text, out range);

    static bool TryParseIPv4(ReadOnlySpan<char> text, out AddressRange range)
    {
        int dash = text.IndexOf('-');
        if (dash < 0)
        {
            bool read = AddressPrefix.TryParse(RuleFamily.Ipv4, text, out AddressPrefix prefix);
            string shown = prefix.IsSingle ? AddressNumber.ToIPv4(prefix.Address).ToString() : prefix.Whole.ToString();
            range = new AddressRange(prefix.First, prefix.Last, shown);
            return read;
        }

        range = default;
        if (!AddressNumber.TryParseIPv4(text[..dash], out UInt128 low)
            || !AddressNumber.TryParseIPv4(text[(dash + 1)..], out UInt128 high)
            || low > high)
        {
            return false;
        }

        string from = AddressNumber.ToIPv4(low).ToString();
        range = new AddressRange(low, high, low == high ? from : $"{from}-{AddressNumber.ToIPv4(high)}");
        return true;
    }

    static bool TryParseIPv6(ReadOnlySpan<char> text, out AddressRange range)
    {
        bool read = AddressPrefix.TryParse(RuleFamily.Ipv6, text, out AddressPrefix prefix);
        range = new AddressRange(prefix.First, prefix.Last, prefix.Whole.ToString());
        return read;
    }

    static string Address(RuleFamily family, UInt128 address) =>
        (family == RuleFamily.Ipv4 ? AddressNumber.ToIPv4(address) : AddressNumber.ToIPv6(address)).ToString();
}
