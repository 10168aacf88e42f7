using Conntrack.Packets;

namespace Conntrack.Tracking.Translation;

/// <summary>
/// What translation asks of a family's record. A connection's translation is nothing but its two tuples: the reply is what answers a packet
/// as it leaves, so a packet of one direction leaves as the mirror of the other direction's tuple.
/// </summary>
/// <remarks>
/// <code>
/// original   192.168.1.2:5000 → 203.0.113.9:80           what comes in from the client
/// reply      10.0.0.8:8080    → 198.51.100.1:1024        what comes in from the server: dst-nat to 10.0.0.8:8080, src-nat to 198.51.100.1:1024
/// </code>
/// Addresses pass through these methods in host order, those of IPv4 in the low 32 bits, so that ranges of both families are one arithmetic.
/// </remarks>
public unsafe interface ITranslatedRecord<TSelf>
    where TSelf : unmanaged
{
    /// <summary>Whether a packet of <paramref name="other"/>'s reply would belong to this record, in either direction.</summary>
    static abstract bool HasReplyOf(TSelf* record, TSelf* other);

    /// <summary>Source of one direction.</summary>
    static abstract UInt128 SrcOf(TSelf* record, int direction);

    /// <summary>Destination of one direction.</summary>
    static abstract UInt128 DstOf(TSelf* record, int direction);

    /// <summary>Ports of one direction, network order; see <see cref="Tuple4"/> for ICMP.</summary>
    static abstract PortPair* PortsOf(TSelf* record, int direction);

    /// <summary>Answers come from this address: the destination is translated to it.</summary>
    static abstract void AnswerFrom(TSelf* record, UInt128 address);

    /// <summary>Answers go to this address: the source is translated to it.</summary>
    static abstract void AnswerTo(TSelf* record, UInt128 address);

    /// <summary>
    /// Keyed, and the same for all connections of one client endpoint that leave with one source address: where among the ports a search for
    /// a free one begins.
    /// </summary>
    /// <param name="hash">The key.</param>
    /// <param name="record">The record, its reply's destination set.</param>
    /// <param name="salt">Makes another number of it.</param>
    static abstract uint SpreadOf(FlowHash* hash, TSelf* record, uint salt);

    /// <summary>Gives a packet the source it leaves with.</summary>
    static abstract void RewriteSource(TSelf* record, Packet* packet);

    /// <summary>Gives a packet the destination it leaves with.</summary>
    static abstract void RewriteDestination(TSelf* record, Packet* packet);

    /// <summary>Gives an error the source it leaves with, and the packet it quotes the destination it was sent to.</summary>
    static abstract void RewriteErrorSource(TSelf* record, Packet* packet);

    /// <summary>Gives an error the destination it leaves with, and the packet it quotes the source it was sent with.</summary>
    static abstract void RewriteErrorDestination(TSelf* record, Packet* packet);
}
