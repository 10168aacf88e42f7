namespace Conntrack.Tracking.Events;

/// <summary>What happened to a connection.</summary>
public enum EventKind : byte
{
    None = 0,

    /// <summary>Its first packet has left.</summary>
    Created = 1,

    /// <summary>Its state, its flags or its mark are others than before.</summary>
    Changed = 2,

    /// <summary>It is in the table no more.</summary>
    Ended = 3,
}
