using Conntrack.Dataplane.Hosting;
using Conntrack.Packets;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Control.Connections;

/// <summary>What the tracking menu shows beside its settings, from what the tables hold and have seen.</summary>
static class TrackingShown
{
    public static TrackingStatus Of(TableTotals tables, in TrackingParameters tracking) => new()
    {
        ActiveIpv4 = tracking.Tracks(PacketFamily.Ipv4),
        ActiveIpv6 = tracking.Tracks(PacketFamily.Ipv6),
        MaxEntries = tables.MaxEntries,
        TotalIp4Entries = tables.Ipv4Entries,
        TotalIp6Entries = tables.Ipv6Entries,
        ReservedEntries = tables.ReservedEntries,
        EvictedHalfOpen = tables.Ended[(int)ConnectionEnd.EvictedHalfOpen],
        EvictedUnassured = tables.Ended[(int)ConnectionEnd.EvictedUnassured],
        EvictedIdle = tables.Ended[(int)ConnectionEnd.EvictedIdle],
        EvictedOwn = tables.Ended[(int)ConnectionEnd.EvictedOwn],
        Refused = tables.RefusedFull + tables.RefusedMemory,
    };
}
