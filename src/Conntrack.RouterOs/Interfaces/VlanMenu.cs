using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary><c>/interface vlan</c>.</summary>
public sealed class VlanMenu : ListMenu<VlanSettings>
{
    static readonly PropertyTable<VlanSettings> s_properties = new(
        EntryProperties.Name<VlanSettings>(static v => v.Name, static (v, name) => v with { Name = name }),
        new MenuProperty<VlanSettings, int>(
            "mtu", CommonGrammars.Mtu, static v => v.Mtu, static (v, mtu) => v with { Mtu = mtu!.Value }),
        new MenuProperty<VlanSettings, MacAddress>(
            "mac-address", new MacAddressGrammar(), static v => v.MacAddress, static (v, mac) => v with { MacAddress = mac },
            canUnset: true),
        new MenuProperty<VlanSettings, ArpMode>(
            "arp", CommonGrammars.Arp, static v => v.Arp, static (v, arp) => v with { Arp = arp!.Value }),
        new MenuProperty<VlanSettings, int>(
            "vlan-id", new NumberGrammar<int>(VlanSettings.LeastVlanId, VlanSettings.MostVlanId), static v => v.VlanId,
            static (v, id) => v with { VlanId = id!.Value }),
        EntryProperties.Reference<VlanSettings>(
            "interface", NameScope.Interface, static v => v.Interface, static (v, name) => v with { Interface = name }),
        EntryProperties.Flag<VlanSettings>(
            "use-service-tag", false, static v => v.UseServiceTag, static (v, tag) => v with { UseServiceTag = tag }),
        EntryProperties.Disabled<VlanSettings>(),
        EntryProperties.Comment<VlanSettings>())
    {
        ReadOnly = new HashSet<string> { "l2mtu", "running", "loop-protect-status" },
        NotApplicable = new HashSet<string>
        {
            "arp-timeout", "l3-hw-offloading", "loop-protect", "loop-protect-disable-time", "loop-protect-send-interval",
        },
        Fixed = new Dictionary<string, string> { ["mvrp"] = "no" },
    };

    public override string Path => "interface/vlan";

    public override PropertyTable<VlanSettings> Properties => s_properties;

    protected internal override VlanSettings Blank { get; } = new() { Name = "", Interface = "" };

    protected internal override string Noun => "VLAN";

    protected override IReadOnlyList<string> Required { get; } = ["interface"];

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "vlan-id" };

    protected override IReadOnlyList<NameReference<VlanSettings>> References { get; } =
    [
        NameReference<VlanSettings>.One(
            "interface", NameScope.Interface, static v => v.Interface, static (v, name) => v with { Interface = name }),
    ];

    protected internal override NameKind? Names => NameKind.Vlan;

    protected internal override EntryList<VlanSettings> Entries(RouterConfiguration configuration) => configuration.Vlans;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<VlanSettings> entries) =>
        configuration with { Vlans = entries };

    protected override ulong NextId(RouterConfiguration configuration) => configuration.NextInterfaceId();

    protected override string NextName(Loading loading) => loading.Names.FirstFree(NameScope.Interface, "vlan");

    public override void Complete(Loading loading)
    {
        RefuseTwins(
            loading, "vlan-id", static v => v.Interface.Length == 0 ? null : ((string, int, bool)?)(v.Interface, v.VlanId, v.UseServiceTag),
            static v => $"{DiagnosticSink.Quote(v.Interface)} has VLAN {v.VlanId} already");
        Dictionary<string, VlanSettings> byName =
            loading.Configuration.Vlans.DistinctBy(static vlan => vlan.Name).ToDictionary(static vlan => vlan.Name);
        foreach ((VlanSettings vlan, Statement statement) in Written(loading))
        {
            if (LeadsBack(vlan, byName))
            {
                loading.Diagnostics.Error(
                    statement.SpanOf("interface"), $"the VLAN {DiagnosticSink.Quote(vlan.Name)} is on itself", "an interface below it");
            }
            else if (loading.Configuration.MasterOf(vlan.Interface) is string bridge)
            {
                loading.Diagnostics.Warning(
                    statement.SpanOf("interface"),
                    $"{DiagnosticSink.Quote(vlan.Interface)} is a port of {DiagnosticSink.Quote(bridge)}, "
                    + "which takes the packets of this VLAN");
            }
        }
    }

    static bool LeadsBack(VlanSettings vlan, Dictionary<string, VlanSettings> byName)
    {
        string below = vlan.Interface;
        for (int steps = 0; byName.TryGetValue(below, out VlanSettings? next) && steps <= byName.Count; steps++)
        {
            if (next.Name == vlan.Name)
            {
                return true;
            }

            below = next.Interface;
        }

        return false;
    }
}
