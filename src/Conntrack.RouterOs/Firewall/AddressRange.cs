using System.Globalization;
using System.Numerics;
using Conntrack.RouterOs.Connections;
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
    const int IPv4Bits = 32;
    const int IPv6Bits = 128;

    public bool Contains(UInt128 address) => address >= First && address <= Last;

    /// <summary>
    /// Reads what a rule of <paramref name="family"/> may name: an address or a prefix; for IPv4 also a range or a netmask. Host bits of a
    /// prefix are cleared, as RouterOS does.
    /// </summary>
    public static bool TryParse(RuleFamily family, ReadOnlySpan<char> text, out AddressRange range) =>
        family == RuleFamily.Ipv4 ? TryParseIPv4(text, out range) : TryParseIPv6(text, out range);

    static bool TryParseIPv4(ReadOnlySpan<char> text, out AddressRange range)
    {
        range = default;
        int dash = text.IndexOf('-');
        if (dash >= 0)
        {
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

        int slash = text.IndexOf('/');
        int bits = IPv4Bits;
        if (!AddressNumber.TryParseIPv4(slash < 0 ? text : text[..slash], out UInt128 address)
            || (slash >= 0 && !TryParseLength(text[(slash + 1)..], IPv4Bits, out bits) && !TryParseNetmask(text[(slash + 1)..], out bits)))
        {
            return false;
        }

        UInt128 hosts = Hosts(IPv4Bits - bits);
        UInt128 first = address & ~hosts;
        string shown = AddressNumber.ToIPv4(first).ToString();
        shown = bits == IPv4Bits ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}/{bits}");
        range = new AddressRange(first, first | hosts, shown);
        return true;
    }

    static bool TryParseIPv6(ReadOnlySpan<char> text, out AddressRange range)
    {
        range = default;
        int slash = text.IndexOf('/');
        int bits = IPv6Bits;
        if (!AddressNumber.TryParseIPv6(slash < 0 ? text : text[..slash], out UInt128 address)
            || (slash >= 0 && !TryParseLength(text[(slash + 1)..], IPv6Bits, out bits)))
        {
            return false;
        }

        UInt128 hosts = Hosts(IPv6Bits - bits);
        UInt128 first = address & ~hosts;
        string shown = AddressText.Format(AddressNumber.ToIPv6(first));
        range = new AddressRange(first, first | hosts, string.Create(CultureInfo.InvariantCulture, $"{shown}/{bits}"));
        return true;
    }

    static bool TryParseLength(ReadOnlySpan<char> text, int most, out int bits) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= most;

    /// <summary><c>255.255.0.0</c>; a netmask whose ones are not all in front says nothing about a range.</summary>
    static bool TryParseNetmask(ReadOnlySpan<char> text, out int bits)
    {
        bits = 0;
        if (!AddressNumber.TryParseIPv4(text, out UInt128 mask))
        {
            return false;
        }

        bits = BitOperations.PopCount((uint)mask);
        return (uint)~Hosts(IPv4Bits - bits) == (uint)mask;
    }

    static UInt128 Hosts(int bits) => bits == IPv6Bits ? UInt128.MaxValue : (UInt128.One << bits) - 1;
}
