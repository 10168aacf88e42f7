using System.Net;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>One address of a family.</summary>
public sealed class SingleAddressGrammar(RuleFamily family) : ValueGrammar<IPAddress>
{
    public override string Expected => family == RuleFamily.Ipv4 ? "an IPv4 address" : "an IPv6 address";

    public override ValueProblem? Parse(string text, out IPAddress value)
    {
        value = IPAddress.Any;
        if (!AddressPrefix.TryParseAddress(family, text, out UInt128 address))
        {
            return Whole(text, "is no address");
        }

        value = family == RuleFamily.Ipv4 ? AddressNumber.ToIPv4(address) : AddressNumber.ToIPv6(address);
        return null;
    }

    public override string Format(IPAddress value) => value.ToString();
}
