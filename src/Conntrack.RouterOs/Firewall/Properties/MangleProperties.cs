using System.Net;
using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Firewall.Properties;

static class MangleProperties
{
    static readonly NumberGrammar<ushort> s_sixteenBits = new(0, ushort.MaxValue);

    public static IEnumerable<MenuProperty<MangleArguments>> Of(RuleFamily family) =>
    [
        RulePart.Object<MangleArguments, string>(
            "new-connection-mark", RuleTexts.Name, static part => part.NewConnectionMark, static (part, value) => part with { NewConnectionMark = value }),
        RulePart.Object<MangleArguments, string>(
            "new-packet-mark", RuleTexts.Name, static part => part.NewPacketMark, static (part, value) => part with { NewPacketMark = value }),
        RulePart.Object<MangleArguments, string>(
            "new-routing-mark", new NameGrammar(NameScope.RoutingTable), static part => part.NewRoutingMark, static (part, value) => part with { NewRoutingMark = value }),
        RulePart.Value<MangleArguments, bool>(
            "passthrough", CommonGrammars.YesNo, static part => part.Passthrough, static (part, value) => part with { Passthrough = value }),
        RulePart.Value<MangleArguments, NewMss>(
            "new-mss", MangleGrammars.Mss, static part => part.NewMss, static (part, value) => part with { NewMss = value }),
        RulePart.Value<MangleArguments, NewDscp>(
            "new-dscp", MangleGrammars.Dscp, static part => part.NewDscp, static (part, value) => part with { NewDscp = value }),
        RulePart.Value<MangleArguments, HopsChange>(
            "new-ttl", MangleGrammars.Hops, static part => part.NewTtl, static (part, value) => part with { NewTtl = value }),
        RulePart.Value<MangleArguments, HopsChange>(
            "new-hop-limit", MangleGrammars.Hops, static part => part.NewHopLimit, static (part, value) => part with { NewHopLimit = value }),
        RulePart.Value<MangleArguments, NewPriority>(
            "new-priority", MangleGrammars.Priority, static part => part.NewPriority, static (part, value) => part with { NewPriority = value }),
        RulePart.Object<MangleArguments, IPAddress>(
            "sniff-target", new SingleAddressGrammar(family), static part => part.SniffTarget, static (part, value) => part with { SniffTarget = value }),
        RulePart.Value<MangleArguments, ushort>(
            "sniff-target-port", s_sixteenBits, static part => part.SniffTargetPort, static (part, value) => part with { SniffTargetPort = value }),
        RulePart.Value<MangleArguments, ushort>(
            "sniff-id", s_sixteenBits, static part => part.SniffId, static (part, value) => part with { SniffId = value }),
        RulePart.Object<MangleArguments, IPAddress>(
            "route-dst", new SingleAddressGrammar(family), static part => part.RouteDst, static (part, value) => part with { RouteDst = value }),
    ];
}
