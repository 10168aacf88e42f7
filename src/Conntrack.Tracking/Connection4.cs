using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Tracking;

/// <summary>An IPv4 connection: two cache lines.</summary>
/// <remarks><code>
/// line 0   0 original tuple (12)   12 reply tuple (12)   24 first half of Connection (40)
/// line 1  64 second half of Connection (64)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe partial struct Connection4 : IConnectionRecord<Connection4>
{
    /// <summary>Bytes of a record.</summary>
    public const int ByteSize = 128;

    [FieldOffset(0)] public Tuple4 Original;
    [FieldOffset(12)] public Tuple4 Reply;
    [FieldOffset(24)] public Connection Connection;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Connection* IConnectionRecord<Connection4>.ConnectionOf(Connection4* record) => &record->Connection;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int IConnectionRecord<Connection4>.DirectionOf(Connection4* record, Packet* packet)
    {
        // Which direction a packet has is a coin toss to the branch predictor: both are compared, nothing branches.
        Compare(record, packet, out ulong original, out ulong reply);
        return Direction.Of(original == 0, reply == 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IConnectionRecord<Connection4>.Compare(Connection4* record, Packet* packet, out ulong original, out ulong reply) =>
        Compare(record, packet, out original, out reply);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Compare(Connection4* record, Packet* packet, out ulong original, out ulong reply)
    {
        ulong addresses = packet->Tuple.Addresses;
        uint ports = packet->Tuple.Ports;
        uint protocol = (uint)(record->Connection.Protocol ^ packet->Protocol);
        original = (record->Original.Addresses ^ addresses) | (record->Original.Ports ^ ports) | protocol;
        reply = (record->Reply.Addresses ^ addresses) | (record->Reply.Ports ^ ports) | protocol;
    }

    static void IConnectionRecord<Connection4>.SetTuples(Connection4* record, Packet* packet)
    {
        record->Original = packet->Tuple;
        record->Reply.Src = packet->Tuple.Dst;
        record->Reply.Dst = packet->Tuple.Src;
        record->Reply.Ports = IcmpQuery.Mirror4(packet->Ports, packet->Protocol).Ports;
    }

    static bool IConnectionRecord<Connection4>.IsReplyMirror(Connection4* record) =>
        record->Reply.Addresses == BitOperations.RotateLeft(record->Original.Addresses, 32)
        && record->Reply.Ports == BitOperations.RotateLeft(record->Original.Ports, 16);

    static TalkerPair IConnectionRecord<Connection4>.TalkersOf(Connection4* record) =>
        new(Talker.Ipv4(record->Original.Src), Talker.Ipv4(record->Original.Dst));

    static uint IConnectionRecord<Connection4>.HashOf(FlowHash* hash, Connection4* record, int direction) =>
        direction == 0
            ? hash->Hash4(record->Original, record->Connection.Protocol, record->Connection.Zone)
            : hash->Hash4(record->Reply, record->Connection.Protocol, record->Connection.Zone);

    static uint IConnectionRecord<Connection4>.SecondHashOf(FlowHash* hash, Connection4* record, int direction) =>
        hash->Hash4(*TupleOf(record, direction), record->Connection.Protocol, SteeringKey.Zone);
}
