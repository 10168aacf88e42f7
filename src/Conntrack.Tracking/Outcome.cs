namespace Conntrack.Tracking;

/// <summary>What a protocol's state machine says about a packet of a known connection.</summary>
public enum Outcome : byte
{
    /// <summary>Part of the connection: counted, refreshed with the timeout that came with it.</summary>
    Accept,

    /// <summary>As <see cref="Accept"/>, and the state is another one than before.</summary>
    Advance,

    /// <summary>Passes as part of the connection but is neither counted nor does it refresh anything.</summary>
    Ignore,

    /// <summary>connection-state invalid.</summary>
    Invalid,

    /// <summary>Invalid, and a sign that the entry is out of step: what is left of its time is cut to the timeout that came with it.</summary>
    InvalidEnd,

    /// <summary>Part of the connection and its end: counted, then the entry goes.</summary>
    Kill,

    /// <summary>Begins another connection with the same tuple: the entry goes and the packet is looked at afresh.</summary>
    Reopen,
}
