namespace Conntrack.Tracking;

/// <summary>
/// What a connection is found again and sorted by: the life of its record, the tick of its creation and the number of the packet that created it.
/// </summary>
public readonly record struct ConnectionGlance(ushort Generation, uint StartTick, uint Creation);
