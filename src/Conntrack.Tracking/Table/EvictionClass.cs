namespace Conntrack.Tracking.Table;

/// <summary>How readily a connection gives way when the table is full.</summary>
public enum EvictionClass : byte
{
    /// <summary>Free, not confirmed yet, or assured: never.</summary>
    Never = 0,

    /// <summary>Unassured, but both sides have spoken.</summary>
    Unassured = 1,

    /// <summary>Half-open or unreplied: first.</summary>
    HalfOpen = 2,

    /// <summary>
    /// Unassured, to or from the router itself, and one of the last few of these: only for another of the router's own. It stays in this class
    /// until it is assured or others have come.
    /// </summary>
    Own = 3,
}
