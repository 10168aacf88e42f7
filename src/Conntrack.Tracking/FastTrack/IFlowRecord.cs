using Conntrack.Packets;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// What the flow cache needs to know about a family: its line, and how a line, a packet and a record compare. Static abstract, so each
/// family compiles to straight code.
/// </summary>
public unsafe interface IFlowRecord<TSelf>
    where TSelf : unmanaged
{
    /// <summary>Bytes of a line.</summary>
    static abstract int LineBytes { get; }

    /// <summary>Where the IP header keeps the hops that are left.</summary>
    static abstract int HopsOffset { get; }

    /// <summary>The family-independent part of a line.</summary>
    static abstract FlowState* StateOf(byte* line);

    /// <summary>Whether the packet's whole tuple and protocol are the line's.</summary>
    static abstract bool LineMatches(byte* line, Packet* packet);

    /// <summary>Which of a pair's two lines a packet belongs to: the order of its addresses, opposite for the two directions.</summary>
    static abstract uint SideOf(Packet* packet);

    /// <summary>The same of one of a record's tuples.</summary>
    static abstract uint SideOf(TSelf* record, int direction);

    /// <summary>One of a record's tuples becomes the line's key.</summary>
    static abstract void SetKey(byte* line, TSelf* record, int direction);

    /// <summary>Works out how packets of that direction leave; only for a translated connection.</summary>
    static abstract void SetRewrite(byte* line, TSelf* record, int direction);

    /// <summary>Whether packets of the line leave with other addresses or ports than they came with.</summary>
    static abstract bool IsTranslated(byte* line);

    /// <summary>Of a translated line, the hash under which packets of the other direction come: that of the tuple its own leave with.</summary>
    static abstract uint HashOfOther(FlowHash* hash, byte* line);

    /// <summary>Rewrites a packet of a translated line.</summary>
    static abstract void Rewrite(byte* line, Packet* packet);
}
