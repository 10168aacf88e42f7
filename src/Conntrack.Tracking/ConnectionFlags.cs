namespace Conntrack.Tracking;

/// <summary>The flags RouterOS prints (E S A C D F H s d), as bits of a record.</summary>
[Flags]
public enum ConnectionFlags : ushort
{
    None = 0,
    Expected = 1 << 0,
    SeenReply = 1 << 1,
    Assured = 1 << 2,
    Confirmed = 1 << 3,
    Dying = 1 << 4,
    FastTrack = 1 << 5,
    HwOffload = 1 << 6,
    SrcNat = 1 << 7,
    DstNat = 1 << 8,

    /// <summary>
    /// Translated to the address of the interface it left by, and to end with it (RouterOS flushes masqueraded connections when the address
    /// goes). Not printed; which address that is, the reply's destination says.
    /// </summary>
    Masqueraded = 1 << 12,

    /// <summary>Its reply, and only that, is in the index: it is not confirmed yet, and no other connection may have that reply. Not printed.</summary>
    Claimed = 1 << 13,

    /// <summary>The flow cache may hold lines of it. Not printed.</summary>
    FlowLines = 1 << 14,

    /// <summary>The record is in use; a free record has no flag at all. Not printed.</summary>
    Alive = 1 << 15,
}
