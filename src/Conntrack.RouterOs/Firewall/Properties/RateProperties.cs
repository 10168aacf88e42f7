using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Properties;

static class RateProperties
{
    public static IEnumerable<MenuProperty<RateMatchers>> Of() =>
    [
        RulePart.Matcher<RateMatchers, RateLimit>(
            "limit", RateGrammars.Limit, static part => part.Limit, static (part, value) => part with { Limit = value }),
        RulePart.Value<RateMatchers, FlowLimit>(
            "dst-limit", RateGrammars.DstLimit, static part => part.DstLimit, static (part, value) => part with { DstLimit = value }),
        RulePart.Value<RateMatchers, PortScanDetection>(
            "psd", RateGrammars.Psd, static part => part.Psd, static (part, value) => part with { Psd = value }),
        RulePart.Matcher<RateMatchers, EveryNth>(
            "nth", RateGrammars.Nth, static part => part.Nth, static (part, value) => part with { Nth = value }),
        RulePart.Value<RateMatchers, byte>(
            "random", new NumberGrammar<byte>(1, 99), static part => part.Random, static (part, value) => part with { Random = value }),
        RulePart.Matcher<RateMatchers, ConnectionClassifier>(
            "per-connection-classifier", RateGrammars.Classifier, static part => part.PerConnectionClassifier, static (part, value) => part with { PerConnectionClassifier = value }),
        RulePart.Matcher<RateMatchers, TimeWindow>(
            "time", TimeGrammars.Window, static part => part.Time, static (part, value) => part with { Time = value }),
    ];
}
