using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// What is left of timeouts under pressure: all of them where it begins, nothing at the limit, in between as much as room is left. A second is
/// left always, so that a handshake over a slow link comes to its end.
/// </summary>
/// <param name="Room">Connections that there is room for.</param>
/// <param name="Of">Connections that there was room for when pressure began.</param>
public readonly record struct PressureScale(ulong Room, ulong Of)
{
    /// <summary>What is left of every timeout, ticks.</summary>
    public const uint Least = Timestamp.TicksPerSecond;

    /// <summary>Pressure begins when this part of max-entries, as a shift, is still free: an eighth.</summary>
    public const int BeginShift = 3;

    /// <summary>Whether timeouts are any shorter.</summary>
    public bool IsShorter => Room < Of;

    /// <summary>What is left of a timeout, ticks.</summary>
    public uint Left(uint timeout) => (uint)Math.Max(Least, timeout * Room / Math.Max(1, Of));
}
