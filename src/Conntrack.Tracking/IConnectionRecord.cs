using Conntrack.Packets;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Talkers;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking;

/// <summary>
/// What the table needs to know about a family's record. Static abstract: each family compiles to its own straight code, no call is indirect.
/// </summary>
public unsafe interface IConnectionRecord<TSelf> : IFlowRecord<TSelf>, ITranslatedRecord<TSelf>
    where TSelf : unmanaged, IConnectionRecord<TSelf>
{
    /// <summary>Answer of <see cref="DirectionOf"/> for a packet of another connection.</summary>
    const int NoMatch = -1;

    /// <summary>The family-independent part.</summary>
    static abstract Connection* ConnectionOf(TSelf* record);

    /// <summary>
    /// 0 when the packet's full tuple is the original one, 1 when it is the reply's, else <see cref="NoMatch"/>. Equal keys are not enough:
    /// a packet that mirrors the original tuple of a translated connection is not part of it.
    /// </summary>
    static abstract int DirectionOf(TSelf* record, Packet* packet);

    /// <summary>In what the packet's full tuple differs from each of the record's: 0 where it is the same.</summary>
    static abstract void Compare(TSelf* record, Packet* packet, out ulong original, out ulong reply);

    /// <summary>The packet's tuple becomes the original one, its mirror the reply.</summary>
    static abstract void SetTuples(TSelf* record, Packet* packet);

    /// <summary>Whether the reply is the original with its ends exchanged, ports too: both have one hash then.</summary>
    static abstract bool IsReplyMirror(TSelf* record);

    /// <summary>Source and destination of the original direction.</summary>
    static abstract TalkerPair TalkersOf(TSelf* record);

    /// <summary>Hash of the direction-free key of one of the record's tuples, as Parse computes it for a packet.</summary>
    static abstract uint HashOf(FlowHash* hash, TSelf* record, int direction);

    /// <summary>The other half of the <see cref="SteeringKey"/>.</summary>
    static abstract uint SecondHashOf(FlowHash* hash, TSelf* record, int direction);
}
