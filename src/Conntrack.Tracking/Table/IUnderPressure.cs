namespace Conntrack.Tracking.Table;

/// <summary>
/// A table as those see it that count against the same limit: the worker's table of the other family, in replay the other workers' as well. A
/// new connection of any may need one of another to go.
/// </summary>
unsafe interface IUnderPressure
{
    /// <summary>The class of those that give way to anybody first; <see cref="EvictionClass.Never"/> when none may.</summary>
    EvictionClass Readiest { get; }

    /// <summary>Connections of any kind.</summary>
    uint Records { get; }

    /// <summary>Connections of a class.</summary>
    uint CountOf(EvictionClass of);

    /// <summary>The one of a class that goes first, 0 for none.</summary>
    uint Victim(EvictionClass of, uint tick, uint number, out ulong age);

    /// <summary>Ends it.</summary>
    void Evict(uint victim, ConnectionEnd end);

    /// <summary>It is one of many from now on.</summary>
    void Disown(uint own);

    /// <summary>Reclaims what has expired, a bounded slice of it.</summary>
    void SweepForRoom(ulong time);

    /// <summary>Ends those of a class that are idle for longer than what pressure leaves of their timeouts, a bounded number of them.</summary>
    void LetIdleGo(EvictionClass of, ulong time, TrackingParameters* parameters, in PressureScale scale);
}
