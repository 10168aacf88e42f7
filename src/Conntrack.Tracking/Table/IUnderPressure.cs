using Conntrack.Packets;

namespace Conntrack.Tracking.Table;

/// <summary>
/// A worker's table as its table of the other family sees it: both count against one limit, so a new connection of either may need one of
/// the other to go.
/// </summary>
unsafe interface IUnderPressure
{
    /// <summary>The class of those that give way first; <see cref="EvictionClass.Never"/> when none may.</summary>
    EvictionClass Readiest { get; }

    /// <summary>The one of that class that goes, 0 for none.</summary>
    uint Victim(Packet* packet, out ulong age);

    /// <summary>Ends it.</summary>
    void Evict(uint victim);

    /// <summary>Reclaims what has expired, a bounded slice of it.</summary>
    void SweepForRoom(ulong time);
}
