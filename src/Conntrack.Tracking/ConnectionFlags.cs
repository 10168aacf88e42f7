namespace Conntrack.Tracking;

/// <summary>The flags RouterOS prints (E S A C D F H s d h), as bits of a record.</summary>
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

    /// <summary>
    /// Of a confirmed one: a rule wanted it fasttracked and its way did not allow it, its packets go by another routing table than main, or are
    /// bridged where that may not go fast. Not printed; gone once it is fasttracked.
    /// </summary>
    FastTrackRefused = 1 << 6,

    /// <summary>
    /// Of one that is not confirmed yet: expected, and translated as the connection that it was expected of; no rule of the nat table is asked.
    /// Not printed. The bit is <see cref="FastTrackRefused"/> once it is confirmed.
    /// </summary>
    FollowsMaster = FastTrackRefused,

    SrcNat = 1 << 7,
    DstNat = 1 << 8,

    /// <summary>A helper reads its payload; it is never fasttracked.</summary>
    UsesHelper = 1 << 9,

    /// <summary>The steering index says of its reply whose it is, and no other worker's connection may have that. Not printed.</summary>
    NamedReply = 1 << 10,

    /// <summary>Likewise of its original direction, where that has a key of its own. Not printed.</summary>
    NamedOriginal = 1 << 11,

    /// <summary>
    /// Translated to the address of the interface it left by, and to end with it (RouterOS flushes masqueraded connections when the address
    /// goes). Not printed; which address that is, the reply's destination says.
    /// </summary>
    Masqueraded = 1 << 12,

    /// <summary>Its reply, and only that, is in the index: it is not confirmed yet, and no other connection may have that reply. Not printed.</summary>
    Claimed = 1 << 13,

    /// <summary>Of a confirmed one: hardware forwards packets of it. The bit is <see cref="Claimed"/> before it is confirmed.</summary>
    HwOffload = Claimed,

    /// <summary>The flow cache may hold lines of it, or packets may have passed that nobody has judged. Not printed.</summary>
    FlowLines = 1 << 14,

    /// <summary>The record is in use; a free record has no flag at all. Not printed.</summary>
    Alive = 1 << 15,
}
