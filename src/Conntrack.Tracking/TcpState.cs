namespace Conntrack.Tracking;

/// <summary>States of a TCP connection, nf_conntrack's machine; numbers are stored in <see cref="Connection.State"/>.</summary>
public enum TcpState : byte
{
    /// <summary>No state yet: the record is new or was picked up midstream and not judged.</summary>
    None = 0,
    SynSent = 1,
    SynReceived = 2,
    Established = 3,
    FinWait = 4,
    CloseWait = 5,
    LastAck = 6,
    TimeWait = 7,
    Close = 8,

    /// <summary>Simultaneous open: SYN seen in both directions. Printed as syn-sent.</summary>
    SynSent2 = 9,
}
