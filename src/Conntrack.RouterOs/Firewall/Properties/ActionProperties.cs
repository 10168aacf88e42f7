using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Properties;

static class ActionProperties
{
    public static IEnumerable<MenuProperty<ActionArguments>> Of(RuleFamily family) =>
    [
        RulePart.Object<ActionArguments, string>(
            "jump-target", RuleTexts.Name, static part => part.JumpTarget, static (part, value) => part with { JumpTarget = value }),
        RulePart.Object<ActionArguments, string>(
            "address-list", RuleTexts.Name, static part => part.AddressList, static (part, value) => part with { AddressList = value }),
        RulePart.Value<ActionArguments, ListedTimeout>(
            "address-list-timeout", TimeGrammars.ListedTimeout, static part => part.AddressListTimeout, static (part, value) => part with { AddressListTimeout = value }),
        RulePart.Value<ActionArguments, RejectReason>(
            "reject-with", ActionWords.Reject(family), static part => part.RejectWith, static (part, value) => part with { RejectWith = value }),
        new MenuProperty<ActionArguments, bool>(
            "log", CommonGrammars.YesNo, static part => part.Log ? true : null, static (part, value) => part with { Log = value ?? false },
            canUnset: true),
        RulePart.Object<ActionArguments, string>(
            "log-prefix", RuleTexts.LogPrefix, static part => part.LogPrefix.Length > 0 ? part.LogPrefix : null,
            static (part, value) => part with { LogPrefix = value ?? "" }),
    ];
}
