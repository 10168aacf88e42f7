using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary><c>/interface bridge</c>. Of filtering by VLAN and of snooping only "no" is done so far; loops are not looked for.</summary>
public sealed class BridgeMenu : ListMenu<BridgeSettings>
{
    static readonly TimeGrammar s_ageing = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1_000_000), TimeSpan.FromSeconds(1));

    static readonly WordGrammar<BridgeProtocolMode> s_protocol = new(
        ("rstp", BridgeProtocolMode.Rstp), ("none", BridgeProtocolMode.None), ("stp", BridgeProtocolMode.Stp),
        ("mstp", BridgeProtocolMode.Mstp));

    static readonly PropertyTable<BridgeSettings> s_properties = new(
        EntryProperties.Name<BridgeSettings>(static b => b.Name, static (b, name) => b with { Name = name }),
        new OptionMenuProperty<BridgeSettings, int>(
            "mtu", "auto", CommonGrammars.Mtu, static b => b.Mtu, static (b, mtu) => b with { Mtu = mtu }),
        new MenuProperty<BridgeSettings, ArpMode>(
            "arp", CommonGrammars.Arp, static b => b.Arp, static (b, arp) => b with { Arp = arp!.Value }),
        new MenuProperty<BridgeSettings, BridgeProtocolMode>(
            "protocol-mode", s_protocol, static b => b.ProtocolMode, static (b, mode) => b with { ProtocolMode = mode!.Value }),
        EntryProperties.Flag<BridgeSettings>("auto-mac", true, static b => b.AutoMac, static (b, auto) => b with { AutoMac = auto }),
        new MenuProperty<BridgeSettings, MacAddress>(
            "admin-mac", new MacAddressGrammar(), static b => b.AdminMac, static (b, mac) => b with { AdminMac = mac }, canUnset: true),
        new MenuProperty<BridgeSettings, TimeSpan>(
            "ageing-time", s_ageing, static b => b.AgeingTime, static (b, time) => b with { AgeingTime = time!.Value }),
        EntryProperties.Disabled<BridgeSettings>(),
        EntryProperties.Comment<BridgeSettings>())
    {
        ReadOnly = new HashSet<string> { "actual-mtu", "l2mtu", "mac-address", "running", "dynamic" },
        NotApplicable = new HashSet<string>
        {
            "add-dhcp-option82", "arp-timeout", "dhcp-agent-circuit-id", "dhcp-agent-remote-id", "dhcpv6-agent-circuit-id",
            "dhcpv6-agent-remote-id", "ether-type", "fast-forward", "forward-delay", "frame-types", "igmp-version", "ingress-filtering",
            "last-member-interval", "last-member-query-count", "max-hops", "max-learned-entries", "max-message-age", "membership-interval",
            "mld-version", "multicast-querier", "multicast-router", "mvrp", "port-cost-mode", "priority", "pvid", "querier-interval",
            "query-interval", "query-response-interval", "region-name", "region-revision", "startup-query-count", "startup-query-interval",
            "transmit-hold-count",
        },
        Fixed = new Dictionary<string, string>
        {
            ["vlan-filtering"] = "no", ["igmp-snooping"] = "no", ["dhcp-snooping"] = "no", ["dhcpv6-snooping"] = "no", ["ra-guard"] = "no",
            ["forward-reserved-addresses"] = "no", ["msrp"] = "no",
        },
    };

    public override string Path => "interface/bridge";

    public override PropertyTable<BridgeSettings> Properties => s_properties;

    protected internal override BridgeSettings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "bridge";

    protected internal override NameKind? Names => NameKind.Bridge;

    protected internal override EntryList<BridgeSettings> Entries(RouterConfiguration configuration) => configuration.Bridges;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<BridgeSettings> entries) =>
        configuration with { Bridges = entries };

    protected override ulong NextId(RouterConfiguration configuration) => configuration.NextInterfaceId();

    protected override string NextName(Loading loading) => loading.Names.FirstFree(NameScope.Interface, "bridge");

    protected override BridgeSettings Checked(BridgeSettings bridge, Statement statement, DiagnosticSink diagnostics)
    {
        Argument? mode = statement.Arguments.LastOrDefault(static argument => argument.Name == "protocol-mode");
        if (mode is not null && bridge.ProtocolMode != BridgeProtocolMode.None)
        {
            diagnostics.Note(mode.Span, "protocol-mode has no effect here: bridges do not look for loops");
        }

        return bridge;
    }
}
