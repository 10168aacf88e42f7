using System.Globalization;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting.Routing;

/// <summary>
/// Numbers of next hops. Routes that lead to the same place share one, and a next hop keeps its number for as long as any route leads to it,
/// so that a change of routes writes only what changes in the forwarding tables.
/// </summary>
sealed class NextHopNumbers
{
    readonly Dictionary<string, ushort> _numbers = [];
    readonly List<Numbered?> _hops = [null];
    readonly Stack<ushort> _free = new();
    int _edition;

    sealed record Numbered(string Key, NextHopSpec Hop, ushort[] Ways)
    {
        public int Edition { get; set; }
    }

    /// <summary>Begins another edition: numbers that it does not ask for are free at its end.</summary>
    public void Begin() => _edition++;

    /// <summary>The number of a next hop.</summary>
    /// <exception cref="ArgumentException">There are more next hops than numbers, or a multipath one has too many ways.</exception>
    public ushort Of(NextHopSpec hop)
    {
        ushort[] ways = [.. hop.Ways.Select(Of)];
        string key = string.Create(
            CultureInfo.InvariantCulture, $"{hop.Kind} {hop.Interface} {hop.Gateway} {hop.Table} {hop.Source} {string.Join(',', ways)}");
        if (!_numbers.TryGetValue(key, out ushort number))
        {
            number = Take();
            if (ways.Length > NextHop.MostWays)
            {
                throw new ArgumentException($"A route has {ways.Length} gateways, {NextHop.MostWays} are the most.", nameof(hop));
            }

            _numbers.Add(key, number);
            _hops[number] = new Numbered(key, hop, ways);
        }

        _hops[number]!.Edition = _edition;
        return number;
    }

    /// <summary>Frees the numbers that this edition did not ask for.</summary>
    public void End()
    {
        for (int number = 1; number < _hops.Count; number++)
        {
            if (_hops[number] is { } hop && hop.Edition != _edition)
            {
                _numbers.Remove(hop.Key);
                _hops[number] = null;
                _free.Push((ushort)number);
            }
        }
    }

    /// <summary>Entries by number, number 0 included.</summary>
    public int Count => _hops.Count;

    /// <summary>What a number stands for; null for a free one.</summary>
    public (NextHopSpec Hop, ushort[] Ways)? At(int number) => _hops[number] is { } hop ? (hop.Hop, hop.Ways) : null;

    ushort Take()
    {
        if (_free.TryPop(out ushort number))
        {
            return number;
        }

        if (_hops.Count > ForwardingTable.MostNextHop)
        {
            throw new ArgumentException($"More than {ForwardingTable.MostNextHop} different next hops.");
        }

        _hops.Add(null);
        return (ushort)(_hops.Count - 1);
    }
}
