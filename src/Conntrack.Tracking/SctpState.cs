namespace Conntrack.Tracking;

/// <summary>
/// States of an SCTP association as both ends have shown them, nf_conntrack's names; numbers are stored in <see cref="Connection.State"/>.
/// </summary>
public enum SctpState : byte
{
    /// <summary>Before the first packet.</summary>
    None = 0,

    /// <summary>Only an INIT was seen, or the association has ended.</summary>
    Closed = 1,

    /// <summary>The INIT is answered; the cookie is on its way to the opener.</summary>
    CookieWait = 2,

    /// <summary>The opener has sent the cookie back.</summary>
    CookieEchoed = 3,
    Established = 4,

    /// <summary>The opener shuts the association down.</summary>
    ShutdownSent = 5,

    /// <summary>The other side shuts the association down.</summary>
    ShutdownReceived = 6,

    /// <summary>The shutdown is acknowledged, its completion is missing.</summary>
    ShutdownAckSent = 7,

    /// <summary>A heartbeat came first: another path of an association of hosts with many addresses (RFC 9260 6.4).</summary>
    HeartbeatSent = 8,
}
