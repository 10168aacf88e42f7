using Conntrack.RouterOs.Firewall;

namespace Conntrack.Control.Firewall;

/// <summary>
/// What rules have counted since they were made or last reset. Workers' counters only ever grow, since each has one writer: a reset
/// remembers what they had reached.
/// </summary>
/// <param name="read">What all workers together have counted for a rule, by its id.</param>
public sealed class RuleCounterBook(Func<ulong, RuleCounters> read)
{
    readonly Lock _resets = new();
    readonly Dictionary<ulong, RuleCounters> _reached = [];

    public RuleCounters Of(ulong rule)
    {
        RuleCounters counted = read(rule);
        lock (_resets)
        {
            return _reached.TryGetValue(rule, out RuleCounters reached)
                ? new RuleCounters(counted.Packets - reached.Packets, counted.Bytes - reached.Bytes)
                : counted;
        }
    }

    /// <summary>Lets some rules count from zero.</summary>
    /// <param name="rules">Their ids.</param>
    /// <param name="all">The rules there are: what is remembered of others is forgotten, for ids are never given twice.</param>
    public void Reset(IEnumerable<ulong> rules, FirewallRules all)
    {
        lock (_resets)
        {
            foreach (ulong gone in _reached.Keys.Except(all.All.Select(rule => rule.Id)).ToArray())
            {
                _reached.Remove(gone);
            }

            foreach (ulong rule in rules)
            {
                _reached[rule] = read(rule);
            }
        }
    }
}
