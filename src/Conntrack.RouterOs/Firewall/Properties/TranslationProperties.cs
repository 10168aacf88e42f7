using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Properties;

static class TranslationProperties
{
    /// <summary>RouterOS has a plural for IPv4, which takes a range, and none for IPv6.</summary>
    public static string ToAddresses(RuleFamily family) => family == RuleFamily.Ipv4 ? "to-addresses" : "to-address";

    public static IEnumerable<MenuProperty<TranslationArguments>> Of(RuleFamily family) =>
    [
        RulePart.Value<TranslationArguments, AddressRange>(
            ToAddresses(family), new AddressRangeGrammar(family), static part => part.ToAddresses,
            static (part, value) => part with { ToAddresses = value }),
        RulePart.Value<TranslationArguments, PortRange>(
            "to-ports", new PortRangeGrammar(), static part => part.ToPorts, static (part, value) => part with { ToPorts = value }),
        RulePart.Value<TranslationArguments, bool>(
            "same-not-by-dst", CommonGrammars.YesNo, static part => part.SameNotByDst,
            static (part, value) => part with { SameNotByDst = value }),
        RulePart.Value<TranslationArguments, bool>(
            "randomise-ports", CommonGrammars.YesNo, static part => part.RandomisePorts,
            static (part, value) => part with { RandomisePorts = value }),
    ];
}
