using System.Globalization;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Routing;

/// <summary>What an address can be used for: RFC 6890 for IPv4, RFC 4291 for IPv6.</summary>
static class AddressUse
{
    static readonly AddressPrefix s_multicast4 = Prefix(RuleFamily.Ipv4, "224.0.0.0/4");
    static readonly AddressPrefix s_loopback4 = Prefix(RuleFamily.Ipv4, "127.0.0.0/8");
    static readonly AddressPrefix s_thisNetwork4 = Prefix(RuleFamily.Ipv4, "0.0.0.0/8");
    static readonly AddressPrefix s_multicast6 = Prefix(RuleFamily.Ipv6, "ff00::/8");
    static readonly AddressPrefix s_linkLocal6 = Prefix(RuleFamily.Ipv6, "fe80::/10");

    /// <summary>Why no host can have the address, null when one can.</summary>
    public static string? Refuse(RuleFamily family, UInt128 address) => family == RuleFamily.Ipv4
        ? s_multicast4.Contains(address) ? "is a multicast address"
            : address == uint.MaxValue ? "is the broadcast address"
            : s_loopback4.Contains(address) ? "is a loopback address"
            : s_thisNetwork4.Contains(address) ? "is no address of a host" : null
        : s_multicast6.Contains(address) ? "is a multicast address"
            : address == 1 ? "is the loopback address"
            : address == 0 ? "is no address of a host" : null;

    /// <summary>Whether the address means something on one link only.</summary>
    public static bool IsLinkLocal(RuleFamily family, UInt128 address) => family == RuleFamily.Ipv6 && s_linkLocal6.Contains(address);

    static AddressPrefix Prefix(RuleFamily family, string text) =>
        AddressPrefix.TryParse(family, text, out AddressPrefix prefix) ? prefix : throw new ArgumentException(text, nameof(text));
}

/// <summary>One address of a host.</summary>
public sealed class HostAddressGrammar(RuleFamily family) : ValueGrammar<UInt128>
{
    public override string Expected => family == RuleFamily.Ipv4 ? "an IPv4 address" : "an IPv6 address";

    public override ValueProblem? Parse(string text, out UInt128 value)
    {
        if (!AddressPrefix.TryParseAddress(family, text, out value))
        {
            return Whole(text, family == RuleFamily.Ipv4 ? "is no IPv4 address" : "is no IPv6 address");
        }

        return AddressUse.Refuse(family, value) is string reason ? Whole(text, reason) : null;
    }

    public override string Format(UInt128 value) => AddressText.Format(AddressPrefix.Of(family, value).IPAddress);
}

/// <summary>Any address: what is to be a network or broadcast address need not be one of a host.</summary>
public sealed class AnyAddressGrammar(RuleFamily family) : ValueGrammar<UInt128>
{
    public override string Expected => family == RuleFamily.Ipv4 ? "an IPv4 address" : "an IPv6 address";

    public override ValueProblem? Parse(string text, out UInt128 value) =>
        AddressPrefix.TryParseAddress(family, text, out value) ? null : Whole(text, "is no address");

    public override string Format(UInt128 value) => AddressText.Format(AddressPrefix.Of(family, value).IPAddress);
}

/// <summary>
/// The address of an interface with the length of its network. IPv4 without a length is a single host; IPv6 has 64, which RouterOS then does
/// not write.
/// </summary>
public sealed class InterfaceAddressGrammar(RuleFamily family) : ValueGrammar<AddressPrefix>
{
    const int UsualIPv6Length = 64;

    public override string Expected => family == RuleFamily.Ipv4
        ? "an IPv4 address and the length of its network, such as 192.168.88.1/24"
        : "an IPv6 address and the length of its prefix, such as 2001:db8::1/64";

    public override ValueProblem? Parse(string text, out AddressPrefix value)
    {
        if (!AddressPrefix.TryParse(family, text, out value))
        {
            return Whole(text, "is no address with a length");
        }

        value = family == RuleFamily.Ipv6 && !text.Contains('/') ? value with { Length = UsualIPv6Length } : value;

        // With eui-64 the host part may be all zeros, also that of the prefix ::/64.
        return (family == RuleFamily.Ipv4 || value.Address != 0) && AddressUse.Refuse(family, value.Address) is string reason
            ? Whole(text, reason)
            : null;
    }

    public override string Format(AddressPrefix value) =>
        value is { Family: RuleFamily.Ipv6, Length: UsualIPv6Length } ? AddressText.Format(value.IPAddress) : value.ToString();
}

/// <summary>A network: an address and a length without host bits.</summary>
public sealed class NetworkGrammar(RuleFamily? family) : ValueGrammar<AddressPrefix>
{
    public override string Expected => family switch
    {
        RuleFamily.Ipv4 => "a network such as 10.0.0.0/8",
        RuleFamily.Ipv6 => "a network such as 2001:db8::/32",
        _ => "a network such as 10.0.0.0/8 or 2001:db8::/32",
    };

    public override ValueProblem? Parse(string text, out AddressPrefix value)
    {
        RuleFamily own = family ?? (text.Contains(':') ? RuleFamily.Ipv6 : RuleFamily.Ipv4);
        if (!AddressPrefix.TryParse(own, text, out value))
        {
            return Whole(text, "is no network");
        }

        return value.HasHostBits ? Whole(text, $"has host bits, the network is {value.Whole}") : null;
    }

    public override string Format(AddressPrefix value) => value.ToString();
}

/// <summary>Gateways with commas between them: <c>10.0.0.1</c>, <c>fe80::1%ether1</c>, <c>ether1</c>, <c>10.0.0.1@main</c>.</summary>
public sealed class GatewaysGrammar(RuleFamily family) : ValueGrammar<ValueList<Gateway>>
{
    public override string Expected => family == RuleFamily.Ipv4
        ? "an address such as 10.0.0.1, an interface, or 10.0.0.1%ether1, several with commas"
        : "an address such as 2001:db8::1, an interface, or fe80::1%ether1, several with commas";

    public override ValueProblem? Parse(string text, out ValueList<Gateway> value)
    {
        var gateways = new List<Gateway>();
        int start = 0;
        value = [];
        foreach (string item in text.Split(','))
        {
            if (ParseOne(item, out Gateway gateway) is string message)
            {
                return item.Length == 0 ? Whole(text, message) : new ValueProblem(message, start, item.Length);
            }

            gateways.Add(gateway);
            start += item.Length + 1;
        }

        value = [.. gateways];
        return null;
    }

    public override string Format(ValueList<Gateway> value) => string.Join(',', value.Select(FormatOne));

    /// <summary>As print shows one next hop.</summary>
    public string FormatOne(Gateway gateway)
    {
        string address = gateway.Address is { } number ? AddressText.Format(AddressPrefix.Of(family, number).IPAddress) : "";
        string place = gateway.Interface is null ? "" : address.Length == 0 ? gateway.Interface : "%" + gateway.Interface;
        return address + place + (gateway.Table is null ? "" : "@" + gateway.Table);
    }

    /// <summary>Whether an interface of that name can be written as a gateway.</summary>
    internal static bool CanSpell(string name) =>
        name.AsSpan().IndexOfAny("%@,") < 0
        && !AddressNumber.TryParseIPv4(name, out _) && !AddressNumber.TryParseIPv6(name, out _);

    string? ParseOne(string text, out Gateway gateway)
    {
        gateway = default;
        int at = text.IndexOf('@');
        string? table = at < 0 ? null : text[(at + 1)..];
        string rest = at < 0 ? text : text[..at];
        int percent = rest.IndexOf('%');
        string? place = percent < 0 ? null : rest[(percent + 1)..];
        if (rest.Length == 0 || place is { Length: 0 } || table is { Length: 0 })
        {
            return "is no gateway";
        }

        if (!AddressPrefix.TryParseAddress(family, percent < 0 ? rest : rest[..percent], out UInt128 address))
        {
            RuleFamily other = family == RuleFamily.Ipv4 ? RuleFamily.Ipv6 : RuleFamily.Ipv4;
            if (percent >= 0 || AddressPrefix.TryParse(other, rest, out _) || AddressPrefix.TryParse(family, rest, out _))
            {
                return family == RuleFamily.Ipv4 ? "is no gateway of IPv4" : "is no gateway of IPv6";
            }

            gateway = new Gateway(null, rest, table);
            return null;
        }

        gateway = new Gateway(address, place, table);
        return AddressUse.Refuse(family, address)
            ?? (place is null && AddressUse.IsLinkLocal(family, address)
                ? "is a link-local address, which needs its interface behind %"
                : null);
    }
}

/// <summary>Names with commas between them; nothing, or RouterOS's word for it, is none.</summary>
public sealed class NamesGrammar(NameScope scope, string none) : ValueGrammar<ValueList<string>>
{
    public override string Expected => scope.Expected() + ", several with commas";

    public override ValueProblem? Parse(string text, out ValueList<string> value)
    {
        string[] names = text.Length == 0 || text == none ? [] : text.Split(',');
        value = [.. names];
        return names.Contains("") ? Whole(text, "leaves a name out") : null;
    }

    public override string Format(ValueList<string> value) => string.Join(',', value);
}

/// <summary>Bits as RouterOS writes them: <c>0x1818</c>; decimal is read too.</summary>
public sealed class MaskGrammar : ValueGrammar<uint>
{
    public override string Expected => "a mask such as 0x1818";

    public override ValueProblem? Parse(string text, out uint value)
    {
        bool hexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        return uint.TryParse(
            hexadecimal ? text.AsSpan(2) : text, hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture, out value) ? null : Whole(text, "is no mask of 32 bits");
    }

    public override string Format(uint value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
