using Conntrack.RouterOs.Firewall.Grammars;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Properties;

static class TransportProperties
{
    static readonly PortsGrammar s_ports = new();

    public static IEnumerable<MenuProperty<TransportMatchers>> Of() =>
    [
        RulePart.Matcher<TransportMatchers, byte>(
            "protocol", new ProtocolGrammar(), static part => part.Protocol, static (part, value) => part with { Protocol = value }),
        RulePart.Matcher<TransportMatchers, ValueList<PortRange>>(
            "src-port", s_ports, static part => part.SrcPort, static (part, value) => part with { SrcPort = value }),
        RulePart.Matcher<TransportMatchers, ValueList<PortRange>>(
            "dst-port", s_ports, static part => part.DstPort, static (part, value) => part with { DstPort = value }),
        RulePart.Matcher<TransportMatchers, ValueList<PortRange>>(
            "port", s_ports, static part => part.Port, static (part, value) => part with { Port = value }),
        RulePart.Value<TransportMatchers, SignedSet<RuleTcpFlags>>(
            "tcp-flags", HeaderGrammars.TcpFlags, static part => part.TcpFlags, static (part, value) => part with { TcpFlags = value }),
        RulePart.Matcher<TransportMatchers, ValueRange<ushort>>(
            "tcp-mss", RangeGrammars.Sizes, static part => part.TcpMss, static (part, value) => part with { TcpMss = value }),
        RulePart.Matcher<TransportMatchers, IcmpOptions>(
            "icmp-options", HeaderGrammars.Icmp, static part => part.IcmpOptions, static (part, value) => part with { IcmpOptions = value }),
    ];
}
