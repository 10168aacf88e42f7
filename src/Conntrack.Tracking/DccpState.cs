namespace Conntrack.Tracking;

/// <summary>States of a DCCP connection as both ends have shown them (RFC 4340 8.4); numbers are stored in <see cref="Connection.State"/>.</summary>
public enum DccpState : byte
{
    /// <summary>Before the first packet.</summary>
    None = 0,
    Request = 1,
    Respond = 2,

    /// <summary>The client has acknowledged the Response; the server has not spoken since.</summary>
    PartOpen = 3,
    Open = 4,

    /// <summary>The server asks the client to close, and so to hold the TIMEWAIT state.</summary>
    CloseRequest = 5,
    Closing = 6,

    /// <summary>Reset: the end of every connection.</summary>
    TimeWait = 7,
}
