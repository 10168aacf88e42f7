using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Routing;

/// <summary><c>/ip settings</c>, <c>/ipv6 settings</c> and <c>/interface bridge settings</c>.</summary>
public static class IpSettingsMenus
{
    static readonly NumberGrammar<int> s_entries = new(Ipv4Settings.LeastNeighbourEntries, Ipv4Settings.MostNeighbourEntries);

    static readonly WordGrammar<MultipathHashPolicy> s_multipath = new(
        ("l3", MultipathHashPolicy.L3), ("l4", MultipathHashPolicy.L4), ("l3-inner", MultipathHashPolicy.L3Inner));

    static readonly WordGrammar<RouterAdvertisementPolicy> s_accept = new(
        ("yes-if-forwarding-disabled", RouterAdvertisementPolicy.YesIfForwardingDisabled), ("no", RouterAdvertisementPolicy.No),
        ("yes", RouterAdvertisementPolicy.Yes));

    static readonly WordGrammar<RouterAdvertisementPolicy> s_acceptRedirects = new(
        ("yes-if-forwarding-disabled", RouterAdvertisementPolicy.YesIfForwardingDisabled), ("no", RouterAdvertisementPolicy.No));

    public static SettingsMenu<Ipv4Settings> Ipv4 { get; } = new(
        "ip/settings",
        new PropertyTable<Ipv4Settings>(
            Flag<Ipv4Settings>("ip-forward", static s => s.IpForward, static (s, v) => s with { IpForward = v }),
            Flag<Ipv4Settings>("send-redirects", static s => s.SendRedirects, static (s, v) => s with { SendRedirects = v }),
            Flag<Ipv4Settings>("accept-source-route", static s => s.AcceptSourceRoute, static (s, v) => s with { AcceptSourceRoute = v }),
            Flag<Ipv4Settings>("accept-redirects", static s => s.AcceptRedirects, static (s, v) => s with { AcceptRedirects = v }),
            Flag<Ipv4Settings>("secure-redirects", static s => s.SecureRedirects, static (s, v) => s with { SecureRedirects = v }),
            new MenuProperty<Ipv4Settings, ReversePathFilter>(
                "rp-filter", new WordGrammar<ReversePathFilter>(
                    ("no", ReversePathFilter.No), ("loose", ReversePathFilter.Loose), ("strict", ReversePathFilter.Strict)),
                static s => s.RpFilter, static (s, v) => s with { RpFilter = v!.Value }),
            new MenuProperty<Ipv4Settings, MultipathHashPolicy>(
                "ipv4-multipath-hash-policy", s_multipath, static s => s.MultipathHashPolicy,
                static (s, v) => s with { MultipathHashPolicy = v!.Value }),
            new MenuProperty<Ipv4Settings, int>(
                "max-neighbor-entries", s_entries, static s => s.MaxNeighborEntries, static (s, v) => s with { MaxNeighborEntries = v },
                canUnset: true),
            new MenuProperty<Ipv4Settings, TimeSpan>(
                "arp-timeout", new TimeGrammar(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), TimeSpan.FromMilliseconds(10)),
                static s => s.ArpTimeout, static (s, v) => s with { ArpTimeout = v!.Value }),
            new MenuProperty<Ipv4Settings, int>(
                "icmp-rate-limit", new NumberGrammar<int>(0, int.MaxValue), static s => s.IcmpRateLimit,
                static (s, v) => s with { IcmpRateLimit = v!.Value }),
            new MenuProperty<Ipv4Settings, uint>(
                "icmp-rate-mask", new MaskGrammar(), static s => s.IcmpRateMask, static (s, v) => s with { IcmpRateMask = v!.Value }),
            Flag<Ipv4Settings>(
                "icmp-errors-use-inbound-interface-address", static s => s.IcmpErrorsUseInboundInterfaceAddress,
                static (s, v) => s with { IcmpErrorsUseInboundInterfaceAddress = v }),
            Flag<Ipv4Settings>("allow-fast-path", static s => s.AllowFastPath, static (s, v) => s with { AllowFastPath = v }))
        {
            ReadOnly = new HashSet<string>
            {
                "ipv4-fast-path-active", "ipv4-fast-path-bytes", "ipv4-fast-path-packets", "ipv4-fasttrack-active", "ipv4-fasttrack-bytes",
                "ipv4-fasttrack-packets",
            },
            NotApplicable = new HashSet<string>
            {
                "ipv4-fragment-time", "ipv4-high-fragment-thresh", "max-arp-entries", "route-cache", "tcp-syncookies", "tcp-timestamps",
            },
        },
        Ipv4Settings.Default, static configuration => configuration.Ipv4,
        static (configuration, settings) => configuration with { Ipv4 = settings });

    public static SettingsMenu<Ipv6Settings> Ipv6 { get; } = new(
        "ipv6/settings",
        new PropertyTable<Ipv6Settings>(
            Flag<Ipv6Settings>("disable-ipv6", static s => s.DisableIpv6, static (s, v) => s with { DisableIpv6 = v }),
            Flag<Ipv6Settings>("forward", static s => s.Forward, static (s, v) => s with { Forward = v }),
            new MenuProperty<Ipv6Settings, MultipathHashPolicy>(
                "multipath-hash-policy", s_multipath, static s => s.MultipathHashPolicy,
                static (s, v) => s with { MultipathHashPolicy = v!.Value }),
            new MenuProperty<Ipv6Settings, RouterAdvertisementPolicy>(
                "accept-redirects", s_acceptRedirects, static s => s.AcceptRedirects, static (s, v) => s with { AcceptRedirects = v!.Value }),
            new MenuProperty<Ipv6Settings, RouterAdvertisementPolicy>(
                "accept-router-advertisements", s_accept, static s => s.AcceptRouterAdvertisements,
                static (s, v) => s with { AcceptRouterAdvertisements = v!.Value }),
            Flag<Ipv6Settings>(
                "disable-link-local-address", static s => s.DisableLinkLocalAddress, static (s, v) => s with { DisableLinkLocalAddress = v }),
            new MenuProperty<Ipv6Settings, int>(
                "max-neighbor-entries", s_entries, static s => s.MaxNeighborEntries, static (s, v) => s with { MaxNeighborEntries = v },
                canUnset: true),
            Flag<Ipv6Settings>("allow-fast-path", static s => s.AllowFastPath, static (s, v) => s with { AllowFastPath = v }))
        {
            ReadOnly = new HashSet<string>
            {
                "ipv6-fast-path-active", "ipv6-fast-path-bytes", "ipv6-fast-path-packets", "ipv6-fasttrack-active", "ipv6-fasttrack-bytes",
                "ipv6-fasttrack-packets",
            },
            NotApplicable = new HashSet<string>
            {
                "accept-router-advertisements-on", "min-neighbor-entries", "soft-max-neighbor-entries", "stale-neighbor-detect-interval",
                "stale-neighbor-timeout",
            },
        },
        Ipv6Settings.Default, static configuration => configuration.Ipv6,
        static (configuration, settings) => configuration with { Ipv6 = settings });

    public static SettingsMenu<BridgingSettings> Bridging { get; } = new(
        "interface/bridge/settings",
        new PropertyTable<BridgingSettings>(
            Flag<BridgingSettings>("use-ip-firewall", static s => s.UseIpFirewall, static (s, v) => s with { UseIpFirewall = v }),
            Flag<BridgingSettings>(
                "use-ip-firewall-for-vlan", static s => s.UseIpFirewallForVlan, static (s, v) => s with { UseIpFirewallForVlan = v }),
            Flag<BridgingSettings>("allow-fast-path", static s => s.AllowFastPath, static (s, v) => s with { AllowFastPath = v }))
        {
            ReadOnly = new HashSet<string>
            {
                "bridge-fast-forward-bytes", "bridge-fast-forward-packets", "bridge-fast-path-active", "bridge-fast-path-bytes",
                "bridge-fast-path-packets",
            },
            NotApplicable = new HashSet<string> { "use-ip-firewall-for-pppoe" },
        },
        BridgingSettings.Default, static configuration => configuration.Bridging,
        static (configuration, settings) => configuration with { Bridging = settings });

    static MenuProperty<T> Flag<T>(string name, Func<T, bool> read, Func<T, bool, T> write) =>
        new MenuProperty<T, bool>(name, CommonGrammars.YesNo, settings => read(settings), (settings, value) => write(settings, value!.Value));
}
