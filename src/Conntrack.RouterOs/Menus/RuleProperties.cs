using System.Collections.Immutable;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// The properties of the rule menus, a table for each family and table, in the order of RouterOS's print. What RouterOS has beyond them is
/// listed by name: a matcher that is silently left out makes a rule match more than its author wrote.
/// </summary>
public static class RuleProperties
{
    /// <summary>Matchers and arguments of actions that both tables and both families have.</summary>
    static readonly string[] s_everywhere =
    [
        "address-list", "address-list-timeout", "content", "dscp", "dst-address-list", "dst-address-type", "dst-limit",
        "fragment", "hotspot", "icmp-options", "in-bridge-port", "in-bridge-port-list",
        "ingress-priority", "ipsec-policy", "jump-target", "limit", "nth", "out-bridge-port", "out-bridge-port-list",
        "packet-mark", "packet-size", "per-connection-classifier", "port", "priority", "psd",
        "random", "src-address-list", "src-address-type", "src-mac-address", "tcp-flags", "tcp-mss", "time", "tls-host",
    ];

    static readonly string[] s_filter =
        ["layer7-protocol", "p2p", "realm", "reject-with", "routing-mark", "routing-table"];

    static readonly string[] s_ipv4 = ["ipv4-options", "ttl"];

    static readonly string[] s_ipv6 = ["headers", "hop-limit"];

    /// <summary>Matchers that look at the packet's connection.</summary>
    static readonly string[] s_connection =
    [
        "connection-bytes", "connection-limit", "connection-mark", "connection-nat-state", "connection-rate", "connection-state",
        "connection-type",
    ];

    static readonly NegatableGrammar<RuleConnectionStates> s_states = new(new ConnectionStatesGrammar());
    static readonly NegatableGrammar<byte> s_protocol = new(new ProtocolGrammar());
    static readonly NegatableGrammar<ImmutableArray<PortRange>> s_ports = new(new PortsGrammar());
    static readonly NegatableGrammar<string> s_interface = new(new NameGrammar(NameScope.Interface));
    static readonly NegatableGrammar<string> s_interfaceList = new(new NameGrammar(NameScope.InterfaceList));

    static readonly PropertyTable<FirewallRule>[] s_tables =
    [
        Build(RuleFamily.Ipv4, RuleTable.Raw), Build(RuleFamily.Ipv4, RuleTable.Filter),
        Build(RuleFamily.Ipv6, RuleTable.Raw), Build(RuleFamily.Ipv6, RuleTable.Filter),
    ];

    /// <summary>Whom rules refer to by name, in every table.</summary>
    internal static IReadOnlyList<NameReference<FirewallRule>> References { get; } =
    [
        Reference("in-interface", NameScope.Interface, static r => r.InInterface, static (r, v) => r with { InInterface = v }),
        Reference("out-interface", NameScope.Interface, static r => r.OutInterface, static (r, v) => r with { OutInterface = v }),
        Reference(
            "in-interface-list", NameScope.InterfaceList, static r => r.InInterfaceList, static (r, v) => r with { InInterfaceList = v }),
        Reference(
            "out-interface-list", NameScope.InterfaceList, static r => r.OutInterfaceList, static (r, v) => r with { OutInterfaceList = v }),
    ];

    /// <summary>The properties a rule of that table can have.</summary>
    public static PropertyTable<FirewallRule> Of(RuleFamily family, RuleTable table) => s_tables[((int)family * 2) + (int)table];

    /// <summary>A rule without any matcher and chain: what <c>add</c> starts from.</summary>
    public static FirewallRule Blank(RuleFamily family, RuleTable table) => new() { Family = family, Table = table, Chain = "" };

    /// <summary>
    /// What the rule says, as pairs of property and unquoted value in the order of print: chain, action, matchers. Without disabled and
    /// comment, which print shows in their own places.
    /// </summary>
    public static IEnumerable<(string Name, string Value)> Assignments(FirewallRule rule) =>
        from property in Of(rule.Family, rule.Table).Properties
        where property.Name is not ("disabled" or "comment")
        let value = property.Text(rule)
        where value is not null
        select (property.Name, value);

    /// <summary>The arguments of the <c>add</c> that makes the rule, as RouterOS's export writes them: in alphabetical order.</summary>
    public static string Export(FirewallRule rule)
    {
        IEnumerable<string> arguments =
            from property in Of(rule.Family, rule.Table).Properties.OrderBy(static property => property.Name, StringComparer.Ordinal)
            where property.Name switch
            {
                "disabled" => rule.Disabled,
                "comment" => rule.Comment.Length > 0,
                _ => true,
            }
            let value = property.Write(rule)
            where value is not null
            select $" {property.Name}={value}";
        return string.Concat(arguments);
    }

    static PropertyTable<FirewallRule> Build(RuleFamily family, RuleTable table)
    {
        bool filter = table == RuleTable.Filter;
        NegatableGrammar<AddressRange> address = new(new AddressRangeGrammar(family));
        List<MenuProperty<FirewallRule>> properties =
        [
            new TextMenuProperty<FirewallRule>(
                "chain", new ChainGrammar(table), static r => r.Chain, static (r, v) => r with { Chain = v }),
            new MenuProperty<FirewallRule, RuleAction>(
                "action", new ActionGrammar(table), static r => r.Action, static (r, v) => r with { Action = v ?? RuleAction.Accept },
                canUnset: true),
        ];
        if (filter)
        {
            properties.Add(new MenuProperty<FirewallRule, bool>(
                "hw-offload", CommonGrammars.YesNo, static r => r.HwOffload, static (r, v) => r with { HwOffload = v }, canUnset: true));
            properties.Add(Matcher(
                "connection-state", s_states, static r => r.ConnectionState, static (r, v) => r with { ConnectionState = v }));
        }

        properties.AddRange(
        [
            Matcher("protocol", s_protocol, static r => r.Protocol, static (r, v) => r with { Protocol = v }),
            Matcher("src-address", address, static r => r.SrcAddress, static (r, v) => r with { SrcAddress = v }),
            Matcher("dst-address", address, static r => r.DstAddress, static (r, v) => r with { DstAddress = v }),
            Matcher("in-interface", s_interface, static r => r.InInterface, static (r, v) => r with { InInterface = v }),
            Matcher("out-interface", s_interface, static r => r.OutInterface, static (r, v) => r with { OutInterface = v }),
            Matcher(
                "in-interface-list", s_interfaceList, static r => r.InInterfaceList, static (r, v) => r with { InInterfaceList = v }),
            Matcher(
                "out-interface-list", s_interfaceList, static r => r.OutInterfaceList, static (r, v) => r with { OutInterfaceList = v }),
            Matcher("src-port", s_ports, static r => r.SrcPort, static (r, v) => r with { SrcPort = v }),
            Matcher("dst-port", s_ports, static r => r.DstPort, static (r, v) => r with { DstPort = v }),
            new MenuProperty<FirewallRule, bool>(
                "disabled", CommonGrammars.YesNo, static r => r.Disabled, static (r, v) => r with { Disabled = v ?? false },
                canUnset: true),
            new TextMenuProperty<FirewallRule>(
                "comment", new TextGrammar(0, FirewallRule.MostCommentLength), static r => r.Comment,
                static (r, v) => r with { Comment = v }, canUnset: true),
        ]);
        IEnumerable<string> notYet = s_everywhere.Concat(family == RuleFamily.Ipv4 ? s_ipv4 : s_ipv6);
        return new PropertyTable<FirewallRule>([.. properties])
        {
            ReadOnly = new HashSet<string> { "bytes", "packets", "dynamic", "invalid" },
            NotYet = new HashSet<string>(filter ? notYet.Concat(s_filter).Concat(s_connection).Except(["connection-state"]) : notYet),
            Impossible = Impossible(family, table),
            Fixed = new Dictionary<string, string> { ["log"] = "no", ["log-prefix"] = "" },
        };
    }

    static Dictionary<string, string> Impossible(RuleFamily family, RuleTable table)
    {
        (string[] theirs, RuleFamily other) = family == RuleFamily.Ipv4 ? (s_ipv6, RuleFamily.Ipv6) : (s_ipv4, RuleFamily.Ipv4);
        var reasons = theirs.ToDictionary(static name => name, name => $"{name} belongs to /{other.Word()} firewall");
        if (table == RuleTable.Filter)
        {
            return reasons;
        }

        foreach (string name in s_connection)
        {
            reasons.Add(name, $"{name} is no matcher of raw: packets pass it before connection tracking");
        }

        foreach (string name in s_filter.Append("hw-offload"))
        {
            reasons.Add(name, $"{name} belongs to filter, raw does not have it");
        }

        return reasons;
    }

    static MenuProperty<FirewallRule, Negatable<T>> Matcher<T>(
        string name, NegatableGrammar<T> grammar, Func<FirewallRule, Negatable<T>?> read,
        Func<FirewallRule, Negatable<T>?, FirewallRule> write) =>
        new(name, grammar, read, write, canUnset: true);

    static NameReference<FirewallRule> Reference(
        string property, NameScope scope, Func<FirewallRule, Negatable<string>?> read,
        Func<FirewallRule, Negatable<string>?, FirewallRule> write) =>
        NameReference<FirewallRule>.One(
            property, scope, rule => read(rule)?.Value, (rule, name) => write(rule, read(rule)!.Value with { Value = name })) with
        {
            CanSpell = static name => !name.StartsWith('!'),
            Misspelt = $"a rule names this {scope.Noun()}, so its name cannot begin with \"!\", which negates",
        };
}
