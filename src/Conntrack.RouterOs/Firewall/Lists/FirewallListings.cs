using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>What print shows of the firewall's lists.</summary>
static class FirewallListings
{
    public static Listing<EntryRow<ListedAddress, ListedAddressStatus>> Addresses(RuleFamily family) => EntryListing.Of(
        new AddressListMenu(family),
        [
            EntryListing.Flag<ListedAddress, ListedAddressStatus>('X', "disabled", static row => row.Entry.Disabled),
            // What has a timeout is not there for ever, as what a rule has listed is not.
            EntryListing.Flag<ListedAddress, ListedAddressStatus>(
                'D', "dynamic", static row => row.Entry.Timeout is not null || row.Status?.IsDynamic == true, shares: true),
        ],
        ["list", "address", "timeout"]);

    public static Listing<EntryRow<Layer7Settings, BuiltInStatus>> Layer7 { get; } =
        EntryListing.Of<Layer7Settings, BuiltInStatus>(new Layer7Menu(), [], ["name", "regexp"]);

    public static Listing<EntryRow<ServicePortSettings, BuiltInStatus>> ServicePorts { get; } = EntryListing.Of(
        new ServicePortMenu(),
        [EntryListing.Flag<ServicePortSettings, BuiltInStatus>('X', "disabled", static row => row.Entry.Disabled)],
        ["name", "ports"]);
}
