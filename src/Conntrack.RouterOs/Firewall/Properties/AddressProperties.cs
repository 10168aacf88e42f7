using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Properties;

static class AddressProperties
{
    public static IEnumerable<MenuProperty<AddressMatchers>> Of(RuleFamily family) =>
    [
        RulePart.Matcher<AddressMatchers, AddressRange>(
            "src-address", new AddressRangeGrammar(family), static part => part.SrcAddress, static (part, value) => part with { SrcAddress = value }),
        RulePart.Matcher<AddressMatchers, AddressRange>(
            "dst-address", new AddressRangeGrammar(family), static part => part.DstAddress, static (part, value) => part with { DstAddress = value }),
        RulePart.Matcher<AddressMatchers, string>(
            "src-address-list", RuleTexts.Name, static part => part.SrcAddressList, static (part, value) => part with { SrcAddressList = value }),
        RulePart.Matcher<AddressMatchers, string>(
            "dst-address-list", RuleTexts.Name, static part => part.DstAddressList, static (part, value) => part with { DstAddressList = value }),
        RulePart.Matcher<AddressMatchers, RuleAddressTypes>(
            "src-address-type", WordSetGrammars.AddressTypes(family), static part => part.SrcAddressType, static (part, value) => part with { SrcAddressType = value }),
        RulePart.Matcher<AddressMatchers, RuleAddressTypes>(
            "dst-address-type", WordSetGrammars.AddressTypes(family), static part => part.DstAddressType, static (part, value) => part with { DstAddressType = value }),
        RulePart.Matcher<AddressMatchers, MacAddress>(
            "src-mac-address", new MacAddressGrammar(), static part => part.SrcMacAddress, static (part, value) => part with { SrcMacAddress = value }),
    ];
}
