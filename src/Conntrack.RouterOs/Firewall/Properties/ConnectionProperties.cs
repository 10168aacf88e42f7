using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Properties;

static class ConnectionProperties
{
    public static IEnumerable<MenuProperty<ConnectionMatchers>> Of(RuleFamily family) =>
    [
        RulePart.Matcher<ConnectionMatchers, RuleConnectionStates>(
            "connection-state", WordSetGrammars.ConnectionStates, static part => part.State, static (part, value) => part with { State = value }),
        RulePart.Matcher<ConnectionMatchers, RuleNatStates>(
            "connection-nat-state", WordSetGrammars.NatStates(family), static part => part.NatState, static (part, value) => part with { NatState = value }),
        RulePart.Matcher<ConnectionMatchers, string>(
            "connection-mark", RuleTexts.Name, static part => part.Mark, static (part, value) => part with { Mark = value }),
        RulePart.Matcher<ConnectionMatchers, ConnectionType>(
            "connection-type", ActionWords.Helpers, static part => part.Type, static (part, value) => part with { Type = value }),
        RulePart.Value<ConnectionMatchers, ValueRange<ulong>>(
            "connection-bytes", RangeGrammars.Bytes, static part => part.Bytes, static (part, value) => part with { Bytes = value }),
        RulePart.Matcher<ConnectionMatchers, ValueRange<ulong>>(
            "connection-rate", RangeGrammars.Rates, static part => part.Rate, static (part, value) => part with { Rate = value }),
        RulePart.Matcher<ConnectionMatchers, ConnectionLimit>(
            "connection-limit", new ConnectionLimitGrammar(family), static part => part.Limit, static (part, value) => part with { Limit = value }),
    ];
}
