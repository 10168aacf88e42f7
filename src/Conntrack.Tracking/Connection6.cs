using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Tracking;

/// <summary>An IPv6 connection: three cache lines.</summary>
/// <remarks><code>
/// line 0    0 original addresses (32)   32 reply addresses (32)
/// line 1   64 original ports (4)  68 reply ports (4)  72 spare (16)  88 first half of Connection (40)
/// line 2  128 second half of Connection (64)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe partial struct Connection6 : IConnectionRecord<Connection6>
{
    /// <summary>Bytes of a record.</summary>
    public const int ByteSize = 192;

    [FieldOffset(0)] public Addresses6 Original;
    [FieldOffset(32)] public Addresses6 Reply;
    [FieldOffset(64)] public PortPair OriginalPorts;
    [FieldOffset(68)] public PortPair ReplyPorts;
    [FieldOffset(88)] public Connection Connection;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Connection* IConnectionRecord<Connection6>.ConnectionOf(Connection6* record) => &record->Connection;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int IConnectionRecord<Connection6>.DirectionOf(Connection6* record, Packet* packet)
    {
        Compare(record, packet, out ulong original, out ulong reply);
        return Direction.Of(original == 0, reply == 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IConnectionRecord<Connection6>.Compare(Connection6* record, Packet* packet, out ulong original, out ulong reply) =>
        Compare(record, packet, out original, out reply);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Compare(Connection6* record, Packet* packet, out ulong original, out ulong reply)
    {
        Vector256<byte> addresses = Vector256.Load(packet->Ip + 8);
        uint ports = packet->Ports.Ports;
        uint protocol = (uint)(record->Connection.Protocol ^ packet->Protocol);
        uint originals = ~Vector256.Equals(Vector256.Load((byte*)&record->Original), addresses).ExtractMostSignificantBits();
        uint replies = ~Vector256.Equals(Vector256.Load((byte*)&record->Reply), addresses).ExtractMostSignificantBits();
        original = originals | (record->OriginalPorts.Ports ^ ports) | protocol;
        reply = replies | (record->ReplyPorts.Ports ^ ports) | protocol;
    }

    static void IConnectionRecord<Connection6>.SetTuples(Connection6* record, Packet* packet)
    {
        record->Original = *(Addresses6*)(packet->Ip + 8);
        record->Reply.Src = record->Original.Dst;
        record->Reply.Dst = record->Original.Src;
        record->OriginalPorts = packet->Ports;
        record->ReplyPorts = IcmpQuery.Mirror6(packet->Ports, packet->Protocol);
    }

    static bool IConnectionRecord<Connection6>.IsReplyMirror(Connection6* record) =>
        record->Reply.Src == record->Original.Dst
        && record->Reply.Dst == record->Original.Src
        && record->ReplyPorts.Ports == BitOperations.RotateLeft(record->OriginalPorts.Ports, 16);

    static TalkerPair IConnectionRecord<Connection6>.TalkersOf(Connection6* record) =>
        new(Talker.Ipv6(&record->Original.Src), Talker.Ipv6(&record->Original.Dst));

    static uint IConnectionRecord<Connection6>.HashOf(FlowHash* hash, Connection6* record, int direction) =>
        direction == 0
            ? hash->Hash6(&record->Original, record->OriginalPorts, record->Connection.Protocol, record->Connection.Zone)
            : hash->Hash6(&record->Reply, record->ReplyPorts, record->Connection.Protocol, record->Connection.Zone);

    static uint IConnectionRecord<Connection6>.SecondHashOf(FlowHash* hash, Connection6* record, int direction) =>
        direction == 0
            ? hash->Hash6(&record->Original, record->OriginalPorts, record->Connection.Protocol, SteeringKey.Zone)
            : hash->Hash6(&record->Reply, record->ReplyPorts, record->Connection.Protocol, SteeringKey.Zone);
}
