using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Firewall.Properties;

static class ContentProperties
{
    public static IEnumerable<MenuProperty<ContentMatchers>> Of() =>
    [
        RulePart.Matcher<ContentMatchers, string>(
            "content", RuleTexts.Content, static part => part.Content, static (part, value) => part with { Content = value }),
        RulePart.Matcher<ContentMatchers, string>(
            "layer7-protocol", new NameGrammar(NameScope.Layer7Protocol), static part => part.Layer7Protocol, static (part, value) => part with { Layer7Protocol = value }),
        RulePart.Matcher<ContentMatchers, string>(
            "tls-host", RuleTexts.Host, static part => part.TlsHost, static (part, value) => part with { TlsHost = value }),
        RulePart.Matcher<ContentMatchers, RuleP2p>(
            "p2p", ActionWords.P2p, static part => part.P2p, static (part, value) => part with { P2p = value }),
    ];
}
