using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>What print shows of the interface menus.</summary>
static class InterfaceListings
{
    public static Listing<EntryRow<InterfaceSettings, InterfaceStatus>> Interfaces { get; } = new(
        [
            .. EntryListing.Set(
                InterfaceMenu.Properties, new InterfaceSettings(default, "", null, false, ""),
                static (EntryRow<InterfaceSettings, InterfaceStatus> row) => row.Entry),
            EntryListing.Text<InterfaceSettings, InterfaceStatus>("type", static row => row.Entry.Type),
            ActualMtu<InterfaceSettings>(static row => row.Entry.Mtu),
            MacAddress<InterfaceSettings>(static _ => null),
            .. Counters<InterfaceSettings>(),
        ],
        [
            EntryListing.Flag<InterfaceSettings, InterfaceStatus>('D', "dynamic", static _ => false),
            EntryListing.Flag<InterfaceSettings, InterfaceStatus>('X', "disabled", static row => row.Entry.Disabled),
            Running<InterfaceSettings>(),
            EntryListing.Flag<InterfaceSettings, InterfaceStatus>('S', "slave", static row => row.Status?.Slave == true),
        ],
        ["name", "type", "actual-mtu", "mac-address"],
        ["name", "rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop"])
    {
        Number = static row => row.Number,
        Id = static row => row.Entry.Key.Number,
        Comment = static row => row.Entry.Comment,
    };

    public static Listing<EntryRow<EthernetSettings, InterfaceStatus>> Ethernets { get; } = new(
        [
            .. EntryListing.Set(
                    EthernetMenu.Properties, new EthernetSettings(EthernetSettings.LeastNumber),
                    static (EntryRow<EthernetSettings, InterfaceStatus> row) => row.Entry)
                .Where(static property => property.Name != "mac-address"),
            EntryListing.Text<EthernetSettings, InterfaceStatus>("default-name", static row => row.Entry.DefaultName),
            MacAddress<EthernetSettings>(static row => row.Entry.MacAddress),
        ],
        [
            EntryListing.Flag<EthernetSettings, InterfaceStatus>('X', "disabled", static row => row.Entry.Disabled),
            Running<EthernetSettings>(),
            EntryListing.Flag<EthernetSettings, InterfaceStatus>('S', "slave", static row => row.Status?.Slave == true),
        ],
        ["name", "mtu", "mac-address", "arp"])
    {
        Number = static row => row.Number,
        Id = static row => (ulong)row.Entry.Number,
        Comment = static row => row.Entry.Comment,
    };

    public static Listing<EntryRow<VlanSettings, InterfaceStatus>> Vlans { get; } = EntryListing.Of(
        new VlanMenu(),
        [
            EntryListing.Flag<VlanSettings, InterfaceStatus>('X', "disabled", static row => row.Entry.Disabled),
            Running<VlanSettings>(),
        ],
        ["name", "mtu", "arp", "vlan-id", "interface"]);

    public static Listing<EntryRow<BridgeSettings, InterfaceStatus>> Bridges { get; } = EntryListing.Of(
        new BridgeMenu(),
        [
            EntryListing.Flag<BridgeSettings, InterfaceStatus>('D', "dynamic", static _ => false),
            EntryListing.Flag<BridgeSettings, InterfaceStatus>('X', "disabled", static row => row.Entry.Disabled),
            Running<BridgeSettings>(),
        ],
        ["name", "mtu", "actual-mtu", "arp", "mac-address", "protocol-mode"],
        [ActualMtu<BridgeSettings>(static row => row.Entry.Mtu), MacAddress<BridgeSettings>(static row => row.Entry.AdminMac)]);

    public static Listing<EntryRow<BridgePortSettings, InterfaceStatus>> BridgePorts { get; } = EntryListing.Of(
        new BridgePortMenu(),
        [
            EntryListing.Flag<BridgePortSettings, InterfaceStatus>('X', "disabled", static row => row.Entry.Disabled),
            EntryListing.Flag<BridgePortSettings, InterfaceStatus>(
                'I', "inactive", static row => !row.Entry.Disabled && row.Status is { Running: false }, shares: true),
        ],
        ["interface", "bridge", "horizon", "learn"]);

    public static Listing<EntryRow<InterfaceListSettings, BuiltInStatus>> Lists { get; } = EntryListing.Of(
        new InterfaceListMenu(),
        [
            EntryListing.Flag<InterfaceListSettings, BuiltInStatus>('*', "builtin", static row => row.Status?.IsBuiltIn == true),
            EntryListing.Flag<InterfaceListSettings, BuiltInStatus>('D', "dynamic", static _ => false, shares: true),
        ],
        ["name", "include", "exclude"]);

    public static Listing<EntryRow<InterfaceListMember, BuiltInStatus>> ListMembers { get; } = EntryListing.Of(
        new InterfaceListMemberMenu(),
        [
            EntryListing.Flag<InterfaceListMember, BuiltInStatus>('X', "disabled", static row => row.Entry.Disabled),
            EntryListing.Flag<InterfaceListMember, BuiltInStatus>('D', "dynamic", static _ => false, shares: true),
        ],
        ["list", "interface"]);

    static ListingFlag<EntryRow<T, InterfaceStatus>> Running<T>() =>
        EntryListing.Flag<T, InterfaceStatus>('R', "running", static row => row.Status?.Running == true, shares: true);

    static ListingProperty<EntryRow<T, InterfaceStatus>> ActualMtu<T>(Func<EntryRow<T, InterfaceStatus>, int?> set) => new(
        "actual-mtu", ValueKind.Number,
        row => row.Status is { ActualMtu: > 0 and int mtu } ? Number(mtu) : set(row) is int own ? Number(own) : null);

    static ListingProperty<EntryRow<T, InterfaceStatus>> MacAddress<T>(Func<EntryRow<T, InterfaceStatus>, MacAddress?> set) =>
        EntryListing.Text<T, InterfaceStatus>("mac-address", row => (row.Status?.MacAddress ?? set(row))?.ToString());

    static IEnumerable<ListingProperty<EntryRow<T, InterfaceStatus>>> Counters<T>() =>
    [
        Counter<T>("rx-byte", static status => status.RxBytes), Counter<T>("tx-byte", static status => status.TxBytes),
        Counter<T>("rx-packet", static status => status.RxPackets), Counter<T>("tx-packet", static status => status.TxPackets),
        Counter<T>("rx-drop", static status => status.RxDrops), Counter<T>("tx-drop", static status => status.TxDrops),
    ];

    /// <summary>Counters are part of stats, not of a detailed print.</summary>
    static ListingProperty<EntryRow<T, InterfaceStatus>> Counter<T>(string name, Func<InterfaceStatus, ulong> count) =>
        new(name, ValueKind.Number, row => row.Status is { } status ? NumberText.Plain(count(status)) : null)
        {
            Argument = static _ => null,
        };

    static string Number(int value) => NumberText.Plain((ulong)value);
}
