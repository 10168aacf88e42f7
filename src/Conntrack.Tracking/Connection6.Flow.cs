using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.FastTrack;

namespace Conntrack.Tracking;

/// <content>IPv6 in the flow cache: a <see cref="FlowLine6"/> for each direction.</content>
public unsafe partial struct Connection6
{
    static int IFlowRecord<Connection6>.LineBytes => FlowLine6.ByteSize;

    static int IFlowRecord<Connection6>.HopsOffset => 7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static FlowState* IFlowRecord<Connection6>.StateOf(byte* line) => &((FlowLine6*)line)->State;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFlowRecord<Connection6>.LineMatches(byte* line, Packet* packet)
    {
        var flow = (FlowLine6*)line;
        return Vector256.Load(line) == Vector256.Load(packet->Ip + 8)
            && flow->Ports.Ports == packet->Ports.Ports
            && flow->State.Protocol == packet->Protocol;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint IFlowRecord<Connection6>.SideOf(Packet* packet) => Side((ulong*)(packet->Ip + 8));

    static uint IFlowRecord<Connection6>.SideOf(Connection6* record, int direction) =>
        Side((ulong*)(direction == 0 ? &record->Original : &record->Reply));

    static void IFlowRecord<Connection6>.SetKey(byte* line, Connection6* record, int direction)
    {
        var flow = (FlowLine6*)line;
        flow->Addresses = direction == 0 ? record->Original : record->Reply;
        flow->Ports = direction == 0 ? record->OriginalPorts : record->ReplyPorts;
    }

    static void IFlowRecord<Connection6>.SetRewrite(byte* line, Connection6* record, int direction)
    {
        Addresses6* back = AddressesOf(record, 1 - direction);
        ((FlowLine6*)line)->Rewrite = FlowRewrite6.Of(
            *AddressesOf(record, direction),
            *PortsOf(record, direction),
            new Addresses6 { Src = back->Dst, Dst = back->Src },
            IcmpQuery.Mirror6(*PortsOf(record, 1 - direction), record->Connection.Protocol));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFlowRecord<Connection6>.IsTranslated(byte* line) => ((FlowLine6*)line)->Rewrite.IsSet;

    static uint IFlowRecord<Connection6>.HashOfOther(FlowHash* hash, byte* line)
    {
        var flow = (FlowLine6*)line;
        return hash->Hash6(&flow->Rewrite.Addresses, flow->Rewrite.Ports, flow->State.Protocol, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IFlowRecord<Connection6>.Rewrite(byte* line, Packet* packet) => FlowRewrite6.Apply(&((FlowLine6*)line)->Rewrite, packet);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Side(ulong* words) => (words[0] != words[2] ? words[0] < words[2] : words[1] < words[3]) ? 1u : 0u;
}
