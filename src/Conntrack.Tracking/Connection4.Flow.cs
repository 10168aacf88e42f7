using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.FastTrack;

namespace Conntrack.Tracking;

/// <content>IPv4 in the flow cache: a <see cref="FlowLine4"/> for each direction.</content>
public unsafe partial struct Connection4
{
    static int IFlowRecord<Connection4>.LineBytes => FlowLine4.ByteSize;

    static int IFlowRecord<Connection4>.HopsOffset => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static FlowState* IFlowRecord<Connection4>.StateOf(byte* line) => &((FlowLine4*)line)->State;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFlowRecord<Connection4>.LineMatches(byte* line, Packet* packet)
    {
        // A line begins with the tuple and the protocol; a packet has its hash behind the tuple.
        Vector128<byte> key = Sse41.Insert(Vector128.Load((byte*)&packet->Tuple), packet->Protocol, 12);
        Vector128<byte> compared = Vector128.Create(byte.MaxValue, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0);
        return Sse41.TestZ(Vector128.Load(line) ^ key, compared);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint IFlowRecord<Connection4>.SideOf(Packet* packet) => Side(packet->Tuple);

    static uint IFlowRecord<Connection4>.SideOf(Connection4* record, int direction) =>
        Side(direction == 0 ? record->Original : record->Reply);

    static void IFlowRecord<Connection4>.SetKey(byte* line, Connection4* record, int direction) =>
        ((FlowLine4*)line)->Tuple = direction == 0 ? record->Original : record->Reply;

    static void IFlowRecord<Connection4>.SetRewrite(byte* line, Connection4* record, int direction) =>
        ((FlowLine4*)line)->State.Rewrite = FlowRewrite4.Of(*TupleOf(record, direction), TupleThatLeaves(record, direction));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFlowRecord<Connection4>.IsTranslated(byte* line) => ((FlowLine4*)line)->State.Rewrite.IsSet;

    static uint IFlowRecord<Connection4>.HashOfOther(FlowHash* hash, byte* line)
    {
        FlowState* state = &((FlowLine4*)line)->State;
        return hash->Hash4(state->Rewrite.After, state->Protocol, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IFlowRecord<Connection4>.Rewrite(byte* line, Packet* packet) =>
        FlowRewrite4.Apply(&((FlowLine4*)line)->State.Rewrite, packet);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Side(in Tuple4 tuple) => tuple.Src < tuple.Dst ? 1u : 0u;
}
