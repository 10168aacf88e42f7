using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>What may stand together in a rule.</summary>
static class RuleChecks
{
    const string WithPorts = "protocol=tcp, udp, udp-lite, sctp or dccp";

    /// <summary>
    /// Reports what contradicts itself in <paramref name="rule"/> as <paramref name="statement"/> has made it, at the argument that
    /// brought it in.
    /// </summary>
    public static void Report(FirewallRule rule, Statement statement, DiagnosticSink diagnostics)
    {
        void Contradict(string name, string message, string expected) =>
            diagnostics.Error(statement.SpanOf(name), message, expected);

        ReportChain(rule, Contradict);
        TranslationChecks.Report(rule, Contradict);
        ReportProtocol(rule, Contradict);
    }

    /// <summary>Reports what is not possible in the rule's chain; a chain of one's own is judged by those that lead to it.</summary>
    public static void ReportChain(FirewallRule rule, Action<string, string, string> contradict)
    {
        InterfaceMatchers interfaces = rule.Interfaces;
        if (rule.Chain is "input" or "prerouting" or "dstnat")
        {
            Refuse("out-interface", interfaces.OutInterface, "in-interface");
            Refuse("out-interface-list", interfaces.OutInterfaceList, "in-interface-list");
            Refuse("out-bridge-port", interfaces.OutBridgePort, "in-bridge-port");
            Refuse("out-bridge-port-list", interfaces.OutBridgePortList, "in-bridge-port-list");
        }

        if (rule.Chain is "output" or "postrouting" or "srcnat")
        {
            Refuse("in-interface", interfaces.InInterface, "out-interface");
            Refuse("in-interface-list", interfaces.InInterfaceList, "out-interface-list");
            Refuse("in-bridge-port", interfaces.InBridgePort, "out-bridge-port");
            Refuse("in-bridge-port-list", interfaces.InBridgePortList, "out-bridge-port-list");
        }

        if (rule is { Action: RuleAction.FastTrackConnection, Table: RuleTable.Filter } && rule.Chain != "forward"
            && rule.Table.Chains().Contains(rule.Chain))
        {
            contradict("action", $"only forwarded connections can be fasttracked, not those of chain {rule.Chain}", "chain=forward");
        }

        TranslationChecks.ReportChain(rule, contradict);

        void Refuse(string name, Negatable<string>? matcher, string other)
        {
            if (matcher is not null)
            {
                string message = rule.Chain == "output"
                    ? "packets of chain output come from no interface"
                    : $"{name} is not known in chain {rule.Chain}";
                contradict(name, message, $"{other}, or another chain");
            }
        }
    }

    static void ReportProtocol(FirewallRule rule, Action<string, string, string> contradict)
    {
        TransportMatchers transport = rule.Transport;
        byte? protocol = transport.Protocol is { Negated: false } given ? given.Value : null;
        bool hasPorts = protocol is { } number && IpProtocol.HasPorts(number);
        Need("src-port", transport.SrcPort is not null, hasPorts, "a protocol that has ports", WithPorts);
        Need("dst-port", transport.DstPort is not null, hasPorts, "a protocol that has ports", WithPorts);
        Need("port", transport.Port is not null, hasPorts, "a protocol that has ports", WithPorts);
        Need("to-ports", rule.Translation.ToPorts is not null, hasPorts, "a protocol that has ports", WithPorts);

        bool isTcp = protocol == IpProtocol.Tcp;
        Need("tcp-flags", transport.TcpFlags is not null, isTcp, "TCP", "protocol=tcp");
        Need("tcp-mss", transport.TcpMss is not null, isTcp, "TCP", "protocol=tcp");
        Need("reject-with", rule.Arguments.RejectWith == RejectReason.TcpReset, isTcp, "TCP for tcp-reset", "protocol=tcp");
        Need("action", rule.Action == RuleAction.Tarpit, isTcp, "TCP", "protocol=tcp");
        Need("action", rule.Action == RuleAction.ChangeMss, isTcp, "TCP", "protocol=tcp");
        string icmp = rule.Family == RuleFamily.Ipv4 ? "icmp" : "icmpv6";
        Need(
            "icmp-options", transport.IcmpOptions is not null, protocol == (rule.Family == RuleFamily.Ipv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6),
            icmp, $"protocol={icmp}");

        void Need(string name, bool given, bool met, string what, string expected)
        {
            if (given && !met)
            {
                contradict(name, $"{(name == "action" ? rule.Action.Word() : name)} needs {what}", expected);
            }
        }
    }

    /// <summary>Warns of matchers that can never hold: packets of a bridge's port are those of the bridge.</summary>
    public static void ReportSlaves(FirewallRule rule, Statement statement, Loading loading)
    {
        foreach ((string name, Negatable<string>? matcher) in
            (ReadOnlySpan<(string, Negatable<string>?)>)[("in-interface", rule.Interfaces.InInterface), ("out-interface", rule.Interfaces.OutInterface)])
        {
            if (matcher is { } named && loading.Configuration.MasterOf(named.Value) is string bridge)
            {
                loading.Diagnostics.Warning(
                    statement.SpanOf(name),
                    $"{name}: {DiagnosticSink.Quote(named.Value)} is a port of {DiagnosticSink.Quote(bridge)}, whose name its packets carry");
            }
        }
    }
}
