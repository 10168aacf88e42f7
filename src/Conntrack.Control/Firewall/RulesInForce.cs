using Conntrack.Control.Settings;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;
using RuleCounters = Conntrack.RouterOs.Firewall.RuleCounters;

namespace Conntrack.Control.Firewall;

/// <summary>
/// The rules that a running dataplane goes by. A rule that takes over a slot counts from zero: what stood there was the rule's before it.
/// </summary>
public sealed class RulesInForce
{
    readonly DataplaneHost _dataplane;
    readonly ListsInForce _lists;
    readonly Lock _change = new();
    readonly RuleCompiler _compiler = new();
    readonly Dictionary<uint, RuleCounters> _before = [];
    readonly Dictionary<ulong, RuleCounters> _ended = [];

    /// <summary>Rules of a dataplane.</summary>
    /// <param name="dataplane">Whose workers take the rules up.</param>
    public RulesInForce(DataplaneHost dataplane)
    {
        _dataplane = dataplane;
        _lists = new ListsInForce(dataplane, _compiler.Numbers);
    }

    /// <summary>Addresses that are listed for a time, or by rules.</summary>
    internal ListsInForce Lists => _lists;

    /// <summary>Numbers of what rules call by name.</summary>
    internal RuleNames Numbers => _compiler.Numbers;

    /// <summary>Compiles rules and puts them in force. When this returns every running worker goes by them.</summary>
    /// <exception cref="ConfigurationRefusedException">Chains jump in a circle; the rules before stay in force.</exception>
    /// <exception cref="InsufficientMemoryException">No memory; the rules before stay in force.</exception>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public void Publish(FirewallRules rules, RuleInterfaces interfaces)
    {
        lock (_change)
        {
            bool isPublished = false;
            try
            {
                List<RuleSpec> specs = _compiler.Compile(rules, interfaces);
                foreach (uint slot in _compiler.Reused)
                {
                    _before[slot] = Sum(slot);
                }

                _dataplane.PublishRules(
                    specs, _compiler.Lists(interfaces.Configuration), [.. _compiler.TimedLists(interfaces.Configuration), .. _lists.InUse(_dataplane.Now)]);
                isPublished = true;
            }
            catch (ArgumentException exception)
            {
                // What only all rules together show: chains that jump in a circle, or too deep.
                throw new ConfigurationRefusedException([new PropertyProblem("", exception.Message)]);
            }
            finally
            {
                if (!isPublished)
                {
                    // Rules that stay in force keep their slots: another rule that got one of them would count into theirs.
                    _compiler.Undo();
                }
            }

            _lists.Follow(interfaces.Configuration, _dataplane.Now);
            _dataplane.WaitForWorkers();
            _dataplane.ReclaimRules();

            // Others see them until the whole change is through, and no counter goes back before their eyes.
            _ended.Clear();
            foreach ((ulong rule, uint slot) in _compiler.Released)
            {
                _ended[rule] = Counted(slot);
            }
        }
    }

    /// <summary>What all workers have counted for a rule, also for one that the latest publication removed; nothing for one that is gone longer.</summary>
    public RuleCounters CountersOf(ulong rule)
    {
        lock (_change)
        {
            return _compiler.SlotOf(rule) is uint slot ? Counted(slot) : _ended.GetValueOrDefault(rule);
        }
    }

    RuleCounters Counted(uint slot)
    {
        RuleCounters now = Sum(slot);
        RuleCounters before = _before.GetValueOrDefault(slot);
        return new RuleCounters(now.Packets - before.Packets, now.Bytes - before.Bytes);
    }

    RuleCounters Sum(uint slot)
    {
        Conntrack.Firewall.RuleCounters sum = _dataplane.CountersOfRule(slot);
        return new RuleCounters(sum.Packets, sum.Bytes);
    }
}
