using System.Globalization;
using System.Net;
using System.Numerics;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.RouterOs.Values;

/// <summary>An address and how many of its bits name the network: <c>192.168.88.1/24</c>, <c>2001:db8::/32</c>.</summary>
/// <param name="Family">Of the address.</param>
/// <param name="Address">In host order; IPv4 in the low 32 bits. It may have host bits.</param>
/// <param name="Length">0 to 32, or to 128.</param>
public readonly record struct AddressPrefix(RuleFamily Family, UInt128 Address, int Length)
{
    const int IPv4Bits = 32;
    const int IPv6Bits = 128;

    /// <summary>Everything of the family: <c>0.0.0.0/0</c>, <c>::/0</c>.</summary>
    public static AddressPrefix Everything(RuleFamily family) => new(family, 0, 0);

    /// <summary>One address as a prefix.</summary>
    public static AddressPrefix Of(RuleFamily family, UInt128 address) => new(family, address, BitsOf(family));

    /// <summary>The prefix without host bits.</summary>
    public AddressPrefix Whole => this with { Address = First };

    public UInt128 First => Address & ~Hosts;

    public UInt128 Last => Address | Hosts;

    public bool HasHostBits => (Address & Hosts) != 0;

    /// <summary>Whether it names one address and no network.</summary>
    public bool IsSingle => Length == BitsOf(Family);

    public IPAddress IPAddress => Family == RuleFamily.Ipv4 ? AddressNumber.ToIPv4(Address) : AddressNumber.ToIPv6(Address);

    /// <summary>Ones where the address names hosts.</summary>
    UInt128 Hosts => BitsOf(Family) - Length is var bits && bits == IPv6Bits ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    public bool Contains(UInt128 address) => address >= First && address <= Last;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AddressText.Format(IPAddress)}/{Length}");

    /// <summary>
    /// Reads an address with a length, for IPv4 also with a netmask (<c>10.0.0.1/255.255.255.0</c>); one that stands alone has all its bits.
    /// </summary>
    public static bool TryParse(RuleFamily family, ReadOnlySpan<char> text, out AddressPrefix prefix)
    {
        int slash = text.IndexOf('/');
        int bits = BitsOf(family);
        bool read = TryParseAddress(family, slash < 0 ? text : text[..slash], out UInt128 address)
            && (slash < 0 || TryParseLength(family, text[(slash + 1)..], out bits));
        prefix = new AddressPrefix(family, address, read ? bits : 0);
        return read;
    }

    public static bool TryParseAddress(RuleFamily family, ReadOnlySpan<char> text, out UInt128 address) =>
        family == RuleFamily.Ipv4 ? AddressNumber.TryParseIPv4(text, out address) : AddressNumber.TryParseIPv6(text, out address);

    static bool TryParseLength(RuleFamily family, ReadOnlySpan<char> text, out int bits) =>
        (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= BitsOf(family))
        || (family == RuleFamily.Ipv4 && TryParseNetmask(text, out bits));

    /// <summary><c>255.255.0.0</c>; a netmask whose ones are not all in front says nothing about a network.</summary>
    public static bool TryParseNetmask(ReadOnlySpan<char> text, out int bits)
    {
        bits = 0;
        if (!AddressNumber.TryParseIPv4(text, out UInt128 mask))
        {
            return false;
        }

        bits = BitOperations.PopCount((uint)mask);
        return (~mask & uint.MaxValue) == new AddressPrefix(RuleFamily.Ipv4, 0, bits).Hosts;
    }

    static int BitsOf(RuleFamily family) => family == RuleFamily.Ipv4 ? IPv4Bits : IPv6Bits;
}
