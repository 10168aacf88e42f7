using Conntrack.Control.Firewall;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Replay;

/// <summary>The rules of a replay: in force from virtual zero on, and their names for traces and statistics.</summary>
sealed class ReplayRules
{
    readonly ReplaySession _session;
    readonly FirewallLog _log;
    readonly RuleCompiler _compiler = new();
    readonly FirewallRules _rules;
    readonly Dictionary<(RuleChain Chain, uint Number), string> _names = [];

    public ReplayRules(FirewallRules rules, ReplaySession session, ReplayInterfaces interfaces, TextWriter error)
    {
        _rules = rules;
        _session = session;
        _log = new FirewallLog(session.Dataplane, _compiler.Numbers, interfaces.NameOrNone, error.WriteLine);
        try
        {
            List<RuleSpec> specs = _compiler.Compile(rules, interfaces.ForRules);
            foreach (((RuleChain, uint) rule, string name) in _compiler.Names(rules))
            {
                _names[rule] = name;
            }

            session.PublishRules(
                specs, _compiler.Lists(interfaces.ForRules.Configuration), [.. _compiler.TimedLists(interfaces.ForRules.Configuration)]);
            new ListsInForce(session.Dataplane, _compiler.Numbers).Follow(interfaces.ForRules.Configuration, Timestamp.FromMicroseconds(0));
        }
        catch (Exception exception) when (exception is ArgumentException or Settings.ConfigurationRefusedException)
        {
            throw new UserErrorException(exception.Message);
        }
    }

    /// <summary>What rules call marks and lists by.</summary>
    public RuleNames Numbers => _compiler.Numbers;

    /// <summary>Writes out what rules have logged until now, on standard error.</summary>
    public void WriteLog() => _log.Drain(_session.Now);

    /// <summary>As <see cref="WriteLog"/>, at the end.</summary>
    public void FinishLog()
    {
        WriteLog();
        _log.TellLost();
    }

    /// <summary>A rule as the trace calls it.</summary>
    /// <param name="entry">Chain and number in one word, see <see cref="RuleTrace"/>.</param>
    public string NameOf(uint entry) => _names[RuleTrace.Parts(entry)];

    /// <summary>Every rule that counted a frame of the latest step.</summary>
    public IReadOnlyList<string> OfFrame(int item) =>
        _names.Count == 0 ? [] : [.. _session.RulesOf(item).Select(rule => _names[rule])];

    /// <summary>What the rule of that id has matched; zeros for a disabled one.</summary>
    public RouterOs.Firewall.RuleCounters CountersOf(ulong rule) => _compiler.SlotOf(rule) is uint slot && _session.CountersOfRule(slot) is var counters
        ? new RouterOs.Firewall.RuleCounters(counters.Packets, counters.Bytes)
        : default;

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
}
