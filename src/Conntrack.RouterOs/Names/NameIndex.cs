using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Names;

/// <summary>
/// The names of a configuration and who has them, found in one step. While a script is loaded it is kept in step with each command; two may
/// share a name between its lines.
/// </summary>
public sealed class NameIndex
{
    static readonly string[] s_builtInTables = [RoutingTableSettings.Main];

    readonly Dictionary<(NameScope Scope, string Name), List<NameKey>> _keys = [];
    readonly Dictionary<NameKey, string> _names = [];

    /// <summary>Where the search for a free name begins; until a name is taken away those below are in use.</summary>
    readonly Dictionary<(NameScope Scope, string Stem), int> _lowest = [];

    public NameIndex(RouterConfiguration configuration)
    {
        foreach (EthernetSettings port in configuration.Ethernets.Changed)
        {
            Set(new NameKey(NameKind.Ethernet, (ulong)port.Number), port.Name);
        }

        AddAll(NameKind.Vlan, configuration.Vlans, static vlan => vlan.Name);
        AddAll(NameKind.Bridge, configuration.Bridges, static bridge => bridge.Name);
        AddAll(NameKind.InterfaceList, configuration.InterfaceLists, static list => list.Name);
        AddAll(NameKind.RoutingTable, configuration.RoutingTables, static table => table.Name);
        AddAll(NameKind.Vrf, configuration.Vrfs, static vrf => vrf.Name);
        AddAll(NameKind.Layer7Protocol, configuration.Layer7Protocols, static protocol => protocol.Name);
        AddAll(NameKind.ServicePort, configuration.ServicePorts, static helper => helper.Name);
        AddBuiltIn(NameKind.BuiltInList, InterfaceListMembers.BuiltIn);
        AddBuiltIn(NameKind.BuiltInTable, s_builtInTables);
        HasChanged = false;
    }

    /// <summary>Whether a name was given or taken since the configuration was read.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Gives <paramref name="key"/> a name, or none when it is removed.</summary>
    public void Set(NameKey key, string? name)
    {
        HasChanged = true;
        if (_names.Remove(key, out string? before))
        {
            _keys[(key.Scope, before)].Remove(key);
            _lowest.Clear();
        }

        if (name is null)
        {
            return;
        }

        _names.Add(key, name);
        if (!_keys.TryGetValue((key.Scope, name), out List<NameKey>? owners))
        {
            owners = [];
            _keys.Add((key.Scope, name), owners);
        }

        owners.Add(key);
    }

    /// <summary>What <paramref name="key"/> is called; null when it is not there.</summary>
    public string? NameOf(NameKey key) =>
        _names.TryGetValue(key, out string? name) ? name : key.Kind == NameKind.Ethernet ? $"ether{key.Number}" : null;

    /// <summary>Everyone called so: one at most in a finished configuration. An Ethernet port not renamed has its default name.</summary>
    public IReadOnlyList<NameKey> Named(NameScope scope, string name)
    {
        IReadOnlyList<NameKey> owners = _keys.TryGetValue((scope, name), out List<NameKey>? keys) ? keys : [];
        if (scope != NameScope.Interface || !EthernetTable.TryParseDefaultName(name, out int number))
        {
            return owners;
        }

        var port = new NameKey(NameKind.Ethernet, (ulong)number);
        return _names.ContainsKey(port) ? owners : [.. owners, port];
    }

    /// <summary>Who is called so; null when nobody or, in the middle of an exchange of names, more than one is.</summary>
    public NameKey? Find(NameScope scope, string name) => Named(scope, name) is [NameKey only] ? only : null;

    /// <summary>The first of <c>stem1</c>, <c>stem2</c>, … that nobody is called.</summary>
    public string FirstFree(NameScope scope, string stem)
    {
        int number = _lowest.GetValueOrDefault((scope, stem), 1);
        while (Named(scope, $"{stem}{number}").Count > 0)
        {
            number++;
        }

        _lowest[(scope, stem)] = number;
        return $"{stem}{number}";
    }

    /// <summary>Names worth suggesting.</summary>
    public IEnumerable<string> Names(NameScope scope)
    {
        IEnumerable<string> names = _names.Where(entry => entry.Key.Scope == scope).Select(static entry => entry.Value);
        return scope == NameScope.Interface ? names.Append("ether1") : names;
    }

    void AddAll<T>(NameKind kind, EntryList<T> entries, Func<T, string> name)
        where T : ConfigurationEntry
    {
        foreach (T entry in entries)
        {
            Set(new NameKey(kind, entry.Id), name(entry));
        }
    }

    void AddBuiltIn(NameKind kind, IReadOnlyList<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            Set(new NameKey(kind, (ulong)i), names[i]);
        }
    }
}
