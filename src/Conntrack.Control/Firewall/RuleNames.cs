using System.Collections.Concurrent;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Firewall;

/// <summary>
/// The dataplane's numbers of marks, address lists and user chains. A name keeps its number for as long as the process runs: connections carry
/// marks, and the table of listed addresses carries lists, from one edition of the rules to the next.
/// </summary>
public sealed class RuleNames
{
    const string NoMark = "no-mark";

    /// <summary>In the order of <see cref="RuleChain"/>, both families alike.</summary>
    static readonly string[] s_builtIn =
    [
        "prerouting", "output", "input", "forward", "output", "dstnat", "srcnat", "input", "output", "prerouting", "input", "forward",
        "output", "postrouting",
    ];

    readonly Dictionary<string, ushort> _connectionMarks = new() { [NoMark] = 0 };
    readonly Dictionary<string, ushort> _packetMarks = new() { [NoMark] = 0 };
    readonly Dictionary<(RuleFamily, string), ushort> _lists = [];
    readonly Dictionary<(RuleFamily, RuleTable, string), int> _chains = [];
    readonly Dictionary<RuleFamily, int> _listCount = [];
    readonly Dictionary<string, uint> _prefixes = new() { [""] = 0 };

    /// <summary>The other way round, for whoever reads what workers write while a change is compiled.</summary>
    readonly ConcurrentDictionary<RuleChain, string> _namesOfChains = [];
    readonly ConcurrentDictionary<ushort, string> _namesOfMarks = [];
    readonly ConcurrentDictionary<uint, string> _textsOfPrefixes = new() { [0] = "" };
    readonly ConcurrentDictionary<(bool IsIpv6, ushort Number), string> _namesOfLists = [];
    readonly ConcurrentDictionary<(RuleFamily, string), ushort> _known = [];

    readonly Layer7Patterns _layer7 = new();

    /// <summary>The pattern of a layer 7 protocol; null where it has none, and finds nothing.</summary>
    /// <exception cref="Settings.ConfigurationRefusedException">Rules ask for too many.</exception>
    public Layer7Pattern? Layer7(RouterConfiguration configuration, string name) =>
        configuration.Layer7Protocols.FirstOrDefault(protocol => protocol.Name == name) is { Regexp.Length: > 0 } protocol
            ? _layer7.Of(protocol.Regexp)
            : null;

    /// <summary>Before a compilation: which patterns its rules will ask for, so that others give their numbers up.</summary>
    public void BeginLayer7(RouterConfiguration configuration, FirewallRules rules) => _layer7.Keep(
        [
            .. rules.All.Where(rule => !rule.Disabled).Select(rule => rule.Content.Layer7Protocol).OfType<Negatable<string>>()
                .Select(asked => configuration.Layer7Protocols.FirstOrDefault(protocol => protocol.Name == asked.Value)?.Regexp ?? "")
                .Where(regexp => regexp.Length > 0).Distinct(),
        ]);

    /// <summary>Number of a connection-mark, 0 for no-mark.</summary>
    public ushort ConnectionMark(string name)
    {
        ushort number = Of(_connectionMarks, name);
        if (number != 0)
        {
            _namesOfMarks[number] = name;
        }

        return number;
    }

    /// <summary>The name of a connection-mark; empty for none. From any thread.</summary>
    public string NameOfConnectionMark(ushort number) => number == 0 ? "" : _namesOfMarks.GetValueOrDefault(number, "");

    /// <summary>Number of a packet-mark, 0 for no-mark.</summary>
    public ushort PacketMark(string name) => Of(_packetMarks, name);

    /// <summary>Number of an address list.</summary>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public ushort List(RuleFamily family, string name)
    {
        if (!_lists.TryGetValue((family, name), out ushort number))
        {
            int next = _listCount.GetValueOrDefault(family);
            number = next <= AddressListSpec.MostNumber
                ? (ushort)next
                : throw new InvalidOperationException($"More than {AddressListSpec.MostNumber + 1} address lists.");
            _listCount[family] = next + 1;
            _lists.Add((family, name), number);
            _namesOfLists[(family == RuleFamily.Ipv6, number)] = name;
            _known[(family, name)] = number;
        }

        return number;
    }

    /// <summary>Number of an address list that has one; null otherwise. From any thread.</summary>
    public ushort? KnownList(RuleFamily family, string name) => _known.TryGetValue((family, name), out ushort number) ? number : null;

    /// <summary>A chain that only a jump reaches.</summary>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public RuleChain UserChain(RuleFamily family, RuleTable table, string name)
    {
        if (!_chains.TryGetValue((family, table, name), out int index))
        {
            index = _chains.Count < RuleChains.MostUserChains
                ? _chains.Count
                : throw new InvalidOperationException($"More than {RuleChains.MostUserChains} chains.");
            _chains.Add((family, table, name), index);
        }

        RuleChain chain = RuleChains.User(index, family == RuleFamily.Ipv6);
        _namesOfChains[chain] = name;
        return chain;
    }

    /// <summary>Number of a log-prefix, 0 for none.</summary>
    public uint LogPrefix(string prefix)
    {
        if (!_prefixes.TryGetValue(prefix, out uint number))
        {
            number = (uint)_prefixes.Count;
            _prefixes.Add(prefix, number);
            _textsOfPrefixes[number] = prefix;
        }

        return number;
    }

    /// <summary>The name of a chain, built-in or not. From any thread.</summary>
    public string NameOf(RuleChain chain) => chain.IsUser() ? _namesOfChains.GetValueOrDefault(chain, "") : s_builtIn[(int)chain >> 1];

    /// <summary>The text of a log-prefix. From any thread.</summary>
    public string PrefixOf(uint number) => _textsOfPrefixes.GetValueOrDefault(number, "");

    /// <summary>The name of an address list. From any thread.</summary>
    public string NameOfList(bool isIpv6, ushort number) => _namesOfLists.GetValueOrDefault((isIpv6, number), "");

    static ushort Of(Dictionary<string, ushort> marks, string name)
    {
        if (!marks.TryGetValue(name, out ushort number))
        {
            number = marks.Count <= ushort.MaxValue ? (ushort)marks.Count : throw new InvalidOperationException("More than 65,535 marks.");
            marks.Add(name, number);
        }

        return number;
    }
}
