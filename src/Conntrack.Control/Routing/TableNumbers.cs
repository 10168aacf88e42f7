using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>
/// The dataplane's numbers of routing tables: 0 is main, the others keep theirs for as long as they are there, so that a change of one writes
/// the forwarding tables of no other.
/// </summary>
public sealed class TableNumbers
{
    readonly Dictionary<string, ushort> _numbers = new() { [RoutingTableSettings.Main] = 0 };
    readonly SortedSet<ushort> _free = [];

    /// <summary>Begins another publication: the numbers of all but these and main are given back.</summary>
    public void Keep(IReadOnlySet<string> alive)
    {
        foreach (string gone in _numbers.Keys.Where(name => name != RoutingTableSettings.Main && !alive.Contains(name)).ToList())
        {
            _free.Add(_numbers[gone]);
            _numbers.Remove(gone);
        }

        foreach (string name in alive)
        {
            Take(name);
        }
    }

    /// <summary>Null for a table that packets are not forwarded by.</summary>
    public ushort? Of(string name) => _numbers.TryGetValue(name, out ushort number) ? number : null;

    /// <summary>All of them, as they are now.</summary>
    public IReadOnlyDictionary<string, ushort> Snapshot() => new Dictionary<string, ushort>(_numbers);

    /// <summary>Names of the tables that a configuration forwards by, main left out.</summary>
    public static HashSet<string> In(RouterConfiguration configuration) =>
    [
        .. configuration.RoutingTables.Where(table => table is { Disabled: false, Fib: true }).Select(table => table.Name),
        .. configuration.Vrfs.Where(vrf => !vrf.Disabled).Select(vrf => vrf.Name),
    ];

    void Take(string name)
    {
        if (_numbers.ContainsKey(name))
        {
            return;
        }

        ushort number = _free.Count > 0 ? _free.Min : (ushort)(_numbers.Count + _free.Count);
        _free.Remove(number);
        _numbers.Add(name, number);
    }
}
