using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Firewall.Properties;

static class PacketProperties
{
    static readonly NumberGrammar<byte> s_sixBits = new(0, 63);
    static readonly NameGrammar s_table = new(NameScope.RoutingTable);

    public static IEnumerable<MenuProperty<PacketMatchers>> Of() =>
    [
        RulePart.Matcher<PacketMatchers, ValueRange<ushort>>(
            "packet-size", RangeGrammars.Sizes, static part => part.PacketSize, static (part, value) => part with { PacketSize = value }),
        RulePart.Value<PacketMatchers, HopsMatch>(
            "ttl", HeaderGrammars.Hops, static part => part.Ttl, static (part, value) => part with { Ttl = value }),
        RulePart.Value<PacketMatchers, HopsMatch>(
            "hop-limit", HeaderGrammars.Hops, static part => part.HopLimit, static (part, value) => part with { HopLimit = value }),
        RulePart.Matcher<PacketMatchers, byte>(
            "dscp", s_sixBits, static part => part.Dscp, static (part, value) => part with { Dscp = value }),
        RulePart.Matcher<PacketMatchers, byte>(
            "priority", s_sixBits, static part => part.Priority, static (part, value) => part with { Priority = value }),
        RulePart.Matcher<PacketMatchers, byte>(
            "ingress-priority", s_sixBits, static part => part.IngressPriority, static (part, value) => part with { IngressPriority = value }),
        RulePart.Value<PacketMatchers, bool>(
            "fragment", CommonGrammars.YesNo, static part => part.Fragment, static (part, value) => part with { Fragment = value }),
        RulePart.Value<PacketMatchers, RuleIpv4Options>(
            "ipv4-options", HeaderGrammars.Ipv4Options, static part => part.Ipv4Options, static (part, value) => part with { Ipv4Options = value }),
        RulePart.Matcher<PacketMatchers, Ipv6HeadersMatch>(
            "headers", HeaderGrammars.Headers, static part => part.Headers, static (part, value) => part with { Headers = value }),
        RulePart.Matcher<PacketMatchers, string>(
            "packet-mark", RuleTexts.Name, static part => part.PacketMark, static (part, value) => part with { PacketMark = value }),
        RulePart.Matcher<PacketMatchers, string>(
            "routing-mark", s_table, static part => part.RoutingMark, static (part, value) => part with { RoutingMark = value }),
        RulePart.Matcher<PacketMatchers, string>(
            "routing-table", s_table, static part => part.RoutingTable, static (part, value) => part with { RoutingTable = value }),
        RulePart.Matcher<PacketMatchers, uint>(
            "realm", new NumberGrammar<uint>(0, uint.MaxValue), static part => part.Realm, static (part, value) => part with { Realm = value }),
        RulePart.Value<PacketMatchers, IpsecPolicy>(
            "ipsec-policy", HeaderGrammars.IpsecPolicy, static part => part.IpsecPolicy, static (part, value) => part with { IpsecPolicy = value }),
        RulePart.Value<PacketMatchers, SignedSet<RuleHotspot>>(
            "hotspot", HeaderGrammars.Hotspot, static part => part.Hotspot, static (part, value) => part with { Hotspot = value }),
    ];
}
