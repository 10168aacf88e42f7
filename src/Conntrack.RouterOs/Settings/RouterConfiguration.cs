using Conntrack.RouterOs.Firewall;

namespace Conntrack.RouterOs.Settings;

/// <summary>Everything a script can set: one immutable value with structural equality. A change makes a new one.</summary>
public sealed record RouterConfiguration
{
    public static RouterConfiguration Default { get; } = new();

    public TrackingSettings Tracking { get; init; } = TrackingSettings.Default;

    public EthernetTable Ethernets { get; init; } = EthernetTable.Default;

    public FirewallRules Rules { get; init; } = FirewallRules.Empty;
}
