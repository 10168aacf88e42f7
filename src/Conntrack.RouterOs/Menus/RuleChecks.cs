using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>What may stand together in a rule.</summary>
static class RuleChecks
{
    /// <summary>
    /// Reports what contradicts itself in <paramref name="rule"/> as <paramref name="statement"/> has made it, at the argument that
    /// brought it in.
    /// </summary>
    public static void Report(FirewallRule rule, Statement statement, DiagnosticSink diagnostics)
    {
        void Contradict(string name, string message, string expected) =>
            diagnostics.Error(statement.SpanOf(name), message, expected);

        if (rule.OutInterface is not null && rule.Chain is ("input" or "prerouting"))
        {
            Contradict("out-interface", $"out-interface is not known in chain {rule.Chain}", "in-interface, or another chain");
        }

        if (rule.OutInterfaceList is not null && rule.Chain is ("input" or "prerouting"))
        {
            Contradict("out-interface-list", $"out-interface-list is not known in chain {rule.Chain}", "in-interface-list, or another chain");
        }

        if (rule.InInterface is not null && rule.Chain == "output")
        {
            Contradict("in-interface", "packets of chain output come from no interface", "out-interface, or another chain");
        }

        if (rule.InInterfaceList is not null && rule.Chain == "output")
        {
            Contradict("in-interface-list", "packets of chain output come from no interface", "out-interface-list, or another chain");
        }

        if (rule.Action == RuleAction.FastTrackConnection && rule.Chain != "forward")
        {
            Contradict("action", $"only forwarded connections can be fasttracked, not those of chain {rule.Chain}", "chain=forward");
        }

        if (rule.Protocol is { Negated: false, Value: var protocol } && IpProtocol.HasPorts(protocol))
        {
            return;
        }

        const string Expected = "protocol=tcp, udp, udp-lite, sctp or dccp";
        if (rule.SrcPort is not null)
        {
            Contradict("src-port", "src-port needs a protocol that has ports", Expected);
        }

        if (rule.DstPort is not null)
        {
            Contradict("dst-port", "dst-port needs a protocol that has ports", Expected);
        }
    }

    /// <summary>Warns of matchers that can never hold: packets of a bridge's port are those of the bridge.</summary>
    public static void ReportSlaves(FirewallRule rule, Statement statement, Loading loading)
    {
        foreach ((string name, Negatable<string>? matcher) in
            (ReadOnlySpan<(string, Negatable<string>?)>)[("in-interface", rule.InInterface), ("out-interface", rule.OutInterface)])
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
