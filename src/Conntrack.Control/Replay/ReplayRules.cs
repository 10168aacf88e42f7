using Conntrack.Control.Firewall;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Replay;

/// <summary>The rules of a replay: in force from virtual zero on, and their names for traces and statistics.</summary>
sealed class ReplayRules
{
    readonly ReplaySession _session;
    readonly RuleCompiler _compiler = new();
    readonly FirewallRules _rules;
    readonly Dictionary<(RuleChain Chain, uint Number), string> _names = [];

    public ReplayRules(FirewallRules rules, ReplaySession session, ReplayInterfaces interfaces)
    {
        _rules = rules;
        _session = session;
        List<RuleSpec> specs = _compiler.Compile(rules, interfaces.ForRules);
        foreach (RuleSpec spec in specs)
        {
            _names[(spec.Chain, spec.Number)] = NameOf(spec.Chain, spec.Number);
        }

        session.PublishRules(specs);
    }

    /// <summary>A rule as the trace calls it.</summary>
    /// <param name="entry">Chain and number in one word, see <see cref="RuleTrace"/>.</param>
    public string NameOf(uint entry) => _names[RuleTrace.Parts(entry)];

    /// <summary>Every rule that counted a frame of the latest step.</summary>
    public IReadOnlyList<string> OfFrame(int item) =>
        _names.Count == 0 ? [] : [.. _session.RulesOf(item).Select(rule => _names[rule])];

    /// <summary>Counters of every enabled rule.</summary>
    public List<RuleStats> Stats()
    {
        List<RuleStats> stats = [];
        foreach (RuleFamily family in Enum.GetValues<RuleFamily>())
        {
            foreach (RuleTable table in Enum.GetValues<RuleTable>())
            {
                foreach ((uint position, FirewallRule rule) in RuleCompiler.Positions(_rules.Of(family, table)))
                {
                    if (!rule.Disabled && _compiler.SlotOf(rule.Id) is uint slot)
                    {
                        Conntrack.Firewall.RuleCounters counters = _session.CountersOfRule(slot);
                        stats.Add(new RuleStats(RuleCompiler.NameOf(rule, position), counters.Packets, counters.Bytes));
                    }
                }
            }
        }

        return stats;
    }

    static string NameOf(RuleChain chain, uint number)
    {
        string name = (RuleChain)((int)chain & ~1) switch
        {
            RuleChain.RawPrerouting4 => "raw prerouting",
            RuleChain.RawOutput4 => "raw output",
            RuleChain.FilterInput4 => "filter input",
            RuleChain.FilterForward4 => "filter forward",
            _ => "filter output",
        };
        return $"{(chain.IsIpv6() ? "ipv6 " : "")}{name} {number}";
    }
}
