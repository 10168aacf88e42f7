using System.Collections.Immutable;

namespace Conntrack.RouterOs.Settings;

/// <summary>
/// The settings of every Ethernet port, immutable. Only ports that differ from their defaults are held, whatever was set on the way, so
/// equal settings make equal tables.
/// </summary>
public sealed class EthernetTable : IEquatable<EthernetTable>
{
    public static readonly EthernetTable Default = new(ImmutableSortedDictionary<int, EthernetSettings>.Empty);

    readonly ImmutableSortedDictionary<int, EthernetSettings> _changed;

    EthernetTable(ImmutableSortedDictionary<int, EthernetSettings> changed) => _changed = changed;

    /// <summary>The ports that differ from their defaults, by number.</summary>
    public IEnumerable<EthernetSettings> Changed => _changed.Values;

    /// <summary>The port <c>etherN</c>, as set or by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No port has that number.</exception>
    public EthernetSettings this[int number] =>
        _changed.TryGetValue(number, out EthernetSettings? port) ? port : new EthernetSettings(number);

    public EthernetTable With(EthernetSettings port) =>
        new(port == new EthernetSettings(port.Number) ? _changed.Remove(port.Number) : _changed.SetItem(port.Number, port));

    /// <summary>The numbers of the ports now called so, ascending: one at most in a finished configuration.</summary>
    public IReadOnlyList<int> NumbersOf(string name)
    {
        List<int> numbers = [.. _changed.Values.Where(port => port.Name == name).Select(static port => port.Number)];
        if (TryParseDefaultName(name, out int number) && !_changed.ContainsKey(number))
        {
            numbers.Add(number);
            numbers.Sort();
        }

        return numbers;
    }

    /// <summary><c>ether1</c> to <c>ether250</c>, without leading zeros.</summary>
    public static bool TryParseDefaultName(string name, out int number)
    {
        number = 0;
        return name.StartsWith("ether", StringComparison.Ordinal)
            && name.Length is > 5 and < 9
            && name[5] != '0'
            && int.TryParse(name.AsSpan(5), System.Globalization.NumberStyles.None, null, out number)
            && number <= EthernetSettings.MostNumber;
    }

    public bool Equals(EthernetTable? other) => other is not null && _changed.Values.SequenceEqual(other._changed.Values);

    public override bool Equals(object? obj) => Equals(obj as EthernetTable);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (EthernetSettings port in _changed.Values)
        {
            hash.Add(port);
        }

        return hash.ToHashCode();
    }
}
