using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary><c>/interface bridge port</c>.</summary>
public sealed class BridgePortMenu : ListMenu<BridgePortSettings>
{
    static readonly PropertyTable<BridgePortSettings> s_properties = new(
        EntryProperties.Reference<BridgePortSettings>(
            "interface", NameScope.Interface, static p => p.Interface, static (p, name) => p with { Interface = name }),
        EntryProperties.Reference<BridgePortSettings>(
            "bridge", NameScope.Interface, static p => p.Bridge, static (p, name) => p with { Bridge = name }),
        new OptionMenuProperty<BridgePortSettings, uint>(
            "horizon", "none", new NumberGrammar<uint>(0, uint.MaxValue), static p => p.Horizon,
            static (p, horizon) => p with { Horizon = horizon }),
        new OptionMenuProperty<BridgePortSettings, bool>(
            "learn", "auto", CommonGrammars.YesNo, static p => p.Learn, static (p, learn) => p with { Learn = learn }),
        EntryProperties.Flag<BridgePortSettings>(
            "unknown-unicast-flood", true, static p => p.UnknownUnicastFlood, static (p, flood) => p with { UnknownUnicastFlood = flood }),
        EntryProperties.Flag<BridgePortSettings>(
            "unknown-multicast-flood", true, static p => p.UnknownMulticastFlood,
            static (p, flood) => p with { UnknownMulticastFlood = flood }),
        EntryProperties.Flag<BridgePortSettings>(
            "broadcast-flood", true, static p => p.BroadcastFlood, static (p, flood) => p with { BroadcastFlood = flood }),
        EntryProperties.Disabled<BridgePortSettings>(),
        EntryProperties.Comment<BridgePortSettings>())
    {
        ReadOnly = new HashSet<string>
        {
            "debug-info", "designated-bridge", "designated-cost", "designated-port-number", "dynamic", "edge-port", "forwarding",
            "hw-offload", "hw-offload-group", "inactive", "learning", "nextid", "point-to-point-port", "port-number", "role", "status",
        },
        NotApplicable = new HashSet<string>
        {
            "auto-isolate", "bpdu-guard", "edge", "fast-leave", "frame-types", "hw", "ingress-filtering", "internal-path-cost",
            "multicast-router", "mvrp-applicant-state", "mvrp-registrar-state", "path-cost", "point-to-point", "priority", "pvid",
            "restricted-role", "restricted-tcn", "trusted",
        },
        Fixed = new Dictionary<string, string> { ["tag-stacking"] = "no" },
    };

    public override string Path => "interface/bridge/port";

    public override PropertyTable<BridgePortSettings> Properties => s_properties;

    protected internal override BridgePortSettings Blank { get; } = new() { Bridge = "", Interface = "" };

    protected internal override string Noun => "port";

    protected override IReadOnlyList<string> Required { get; } = ["bridge", "interface"];

    protected override IReadOnlyList<NameReference<BridgePortSettings>> References { get; } =
    [
        NameReference<BridgePortSettings>.One(
            "interface", NameScope.Interface, static p => p.Interface, static (p, name) => p with { Interface = name }),
        NameReference<BridgePortSettings>.One(
            "bridge", NameScope.Interface, static p => p.Bridge, static (p, name) => p with { Bridge = name }),
    ];

    protected internal override EntryList<BridgePortSettings> Entries(RouterConfiguration configuration) => configuration.BridgePorts;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<BridgePortSettings> entries) =>
        configuration with { BridgePorts = entries };

    public override void Complete(Loading loading)
    {
        RefuseTwins(
            loading, "interface", static p => p.Interface.Length == 0 ? null : ((string, bool)?)(p.Interface, true),
            static p => $"{DiagnosticSink.Quote(p.Interface)} is a port of a bridge already");
        foreach ((BridgePortSettings port, Statement statement) in Written(loading))
        {
            string shown = DiagnosticSink.Quote(port.Interface);
            if (loading.Names.Find(NameScope.Interface, port.Bridge) is { Kind: not NameKind.Bridge })
            {
                loading.Diagnostics.Error(
                    statement.SpanOf("bridge"), $"bridge: {DiagnosticSink.Quote(port.Bridge)} is no bridge", "one of /interface bridge",
                    loading.Configuration.Bridges.Select(static bridge => bridge.Name));
            }
            else if (loading.Names.Find(NameScope.Interface, port.Interface) is { Kind: NameKind.Bridge })
            {
                loading.Diagnostics.Error(
                    statement.SpanOf("interface"), $"{shown} is a bridge, which cannot be a port", "an Ethernet port or a VLAN");
            }
            else if (IsOn(port.Interface, port.Bridge, loading.Configuration))
            {
                loading.Diagnostics.Error(
                    statement.SpanOf("interface"),
                    $"{shown} is a VLAN on {DiagnosticSink.Quote(port.Bridge)} itself, so it cannot be a port of it", "another interface");
            }
        }
    }

    /// <summary>Whether the VLAN of that name is, over however many others, on the bridge.</summary>
    static bool IsOn(string name, string bridge, RouterConfiguration configuration)
    {
        for (int steps = 0; steps <= configuration.Vlans.Count; steps++)
        {
            if (configuration.Vlans.FirstOrDefault(vlan => vlan.Name == name) is not { } vlan)
            {
                return false;
            }

            name = vlan.Interface;
            if (name == bridge)
            {
                return true;
            }
        }

        return false;
    }
}
