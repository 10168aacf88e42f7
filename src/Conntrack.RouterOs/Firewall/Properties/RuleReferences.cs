using Conntrack.RouterOs.Names;

namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>Whom rules refer to by name, in every table.</summary>
static class RuleReferences
{
    public static IReadOnlyList<NameReference<FirewallRule>> All { get; } =
    [
        Interface("in-interface", NameScope.Interface, static m => m.InInterface, static (m, v) => m with { InInterface = v }),
        Interface("out-interface", NameScope.Interface, static m => m.OutInterface, static (m, v) => m with { OutInterface = v }),
        Interface("in-interface-list", NameScope.InterfaceList, static m => m.InInterfaceList, static (m, v) => m with { InInterfaceList = v }),
        Interface("out-interface-list", NameScope.InterfaceList, static m => m.OutInterfaceList, static (m, v) => m with { OutInterfaceList = v }),
        Interface("in-bridge-port", NameScope.Interface, static m => m.InBridgePort, static (m, v) => m with { InBridgePort = v }),
        Interface("out-bridge-port", NameScope.Interface, static m => m.OutBridgePort, static (m, v) => m with { OutBridgePort = v }),
        Interface("in-bridge-port-list", NameScope.InterfaceList, static m => m.InBridgePortList, static (m, v) => m with { InBridgePortList = v }),
        Interface("out-bridge-port-list", NameScope.InterfaceList, static m => m.OutBridgePortList, static (m, v) => m with { OutBridgePortList = v }),
        Matcher(
            "routing-mark", NameScope.RoutingTable, static rule => rule.Packet.RoutingMark,
            static (rule, value) => rule with { Packet = rule.Packet with { RoutingMark = value } }),
        Matcher(
            "routing-table", NameScope.RoutingTable, static rule => rule.Packet.RoutingTable,
            static (rule, value) => rule with { Packet = rule.Packet with { RoutingTable = value } }),
        Matcher(
            "layer7-protocol", NameScope.Layer7Protocol, static rule => rule.Content.Layer7Protocol,
            static (rule, value) => rule with { Content = rule.Content with { Layer7Protocol = value } }),
        NameReference<FirewallRule>.One(
            "new-routing-mark", NameScope.RoutingTable, static rule => rule.Mangle.NewRoutingMark,
            static (rule, name) => rule with { Mangle = rule.Mangle with { NewRoutingMark = name } }),
    ];

    static NameReference<FirewallRule> Interface(
        string property, NameScope scope, Func<InterfaceMatchers, Negatable<string>?> read,
        Func<InterfaceMatchers, Negatable<string>?, InterfaceMatchers> write) =>
        Matcher(
            property, scope, rule => read(rule.Interfaces), (rule, value) => rule with { Interfaces = write(rule.Interfaces, value) });

    static NameReference<FirewallRule> Matcher(
        string property, NameScope scope, Func<FirewallRule, Negatable<string>?> read,
        Func<FirewallRule, Negatable<string>?, FirewallRule> write) =>
        NameReference<FirewallRule>.One(
            property, scope, rule => read(rule)?.Value, (rule, name) => write(rule, read(rule)!.Value with { Value = name })) with
        {
            CanSpell = static name => !name.StartsWith('!'),
            Misspelt = $"a rule names this {scope.Noun()}, so its name cannot begin with \"!\", which negates",
        };
}
