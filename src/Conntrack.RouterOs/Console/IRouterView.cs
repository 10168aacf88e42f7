using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Console;

/// <summary>What the console can see of a router. Nothing is changed through it.</summary>
public interface IRouterView
{
    RouterConfiguration Configuration { get; }

    TrackingStatus Tracking { get; }

    /// <summary>
    /// The connections of one family in order of creation, which is their numbering; asked for only when a command needs them.
    /// </summary>
    IEnumerable<Connection> Connections(RuleFamily family);

    /// <summary>What the rule with that id has matched; zeros for one that is new.</summary>
    RuleCounters Counters(ulong rule);

    /// <summary>What FastTrack has forwarded past the rules of one family; null while none of its connections is fasttracked.</summary>
    RuleCounters? FastTracked(RuleFamily family);

    /// <summary>How packets of one family go past the firewall, and what has.</summary>
    FastPathStatus FastPath(RuleFamily family) => new()
    {
        IsFastTrackActive = FastTracked(family) is not null,
        FastTrack = FastTracked(family) ?? default,
    };

    /// <summary>
    /// What is of each interface the router has, its Ethernet ports in any case; none where it says nothing beyond its configuration.
    /// </summary>
    IEnumerable<InterfaceStatus> Interfaces => [];

    /// <summary>What is of the addresses of one family, those the router made itself behind the others.</summary>
    IEnumerable<AddressStatus> Addresses(RuleFamily family) => [];

    /// <summary>What is of the routes of one family, connected ones among them.</summary>
    IEnumerable<RouteStatus> Routes(RuleFamily family) => [];

    /// <summary>What is of the addresses of a family's lists that are not there for good, those that rules have made behind the others.</summary>
    IEnumerable<ListedAddressStatus> ListedAddresses(RuleFamily family) => [];

    /// <summary>The neighbours of one family, static and learned.</summary>
    IEnumerable<NeighbourStatus> Neighbours(RuleFamily family) => [];
}
