using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// What helpers do with a connection's packets, in the order it happens: at the first packet a helper may be attached, or the packet is one that was
/// expected; in tracking a TCP segment's acknowledgment is read as its sender's peer knows it; and when a packet leaves its data is read, and its
/// numbers follow what has been changed. Packets of connections without <see cref="ConnectionFlags.UsesHelper"/> never come here.
/// </summary>
public static unsafe class Assistance
{
    /// <summary>A new connection: the one that was expected, or one to a port that has a helper.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Begin<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* record = table.At(packet->Record);
        Connection* connection = TRecord.ConnectionOf(record);
        PortPair* ports = TRecord.PortsOf(record, 0);
        if (Volatile.Read(ref table.Expectations->Count) != 0)
        {
            Expectation first = new()
            {
                Family = packet->Family,
                Protocol = packet->Protocol,
                Src = TRecord.SrcOf(record, 0),
                Dst = TRecord.DstOf(record, 0),
                SrcPort = ports->SrcPort,
                DstPort = ports->DstPort,
            };
            if (ExpectationTable.TryTake(table.Expectations, first, packet->Time, out Expectation expected))
            {
                Meet(table, record, packet, expected);
                return;
            }
        }

        if (parameters->Helpers.Find(packet->Protocol, ports->DstPort) != HelperKind.None)
        {
            connection->Flags |= ConnectionFlags.UsesHelper;
        }
    }

    /// <summary>A new connection whose destination has just been translated: its helper goes by the port it really goes to as well.</summary>
    public static void Redirected<TRecord>(TRecord* record, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Connection* connection = TRecord.ConnectionOf(record);
        if (parameters->Helpers.Find(connection->Protocol, TRecord.PortsOf(record, 1)->SrcPort) != HelperKind.None)
        {
            connection->Flags |= ConnectionFlags.UsesHelper;
        }
    }

    /// <summary>
    /// The tracking of a TCP connection whose data a helper may have made longer: what is acknowledged is measured against what was sent. The packet
    /// itself is not touched, for it may turn out to be none of the connection's.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Outcome Track<TRecord>(
        ConnectionTable<TRecord> table, Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const int LongestHeader = 60;
        HelperState* state = table.HelperStateOf(connection);
        var header = (TcpHeader*)packet->Transport;
        if (state == null || !HelperState.ShiftOf(state, 1 - packet->Direction)->IsSet || header->HeaderLength > LongestHeader)
        {
            return TcpTracking.Continue(connection, packet, parameters, out timeout);
        }

        byte* copy = stackalloc byte[LongestHeader];
        Buffer.MemoryCopy(header, copy, LongestHeader, header->HeaderLength);
        ShiftBack((TcpHeader*)copy, *HelperState.ShiftOf(state, 1 - packet->Direction));
        packet->Transport = copy;
        Outcome outcome = TcpTracking.Continue(connection, packet, parameters, out timeout);
        packet->Transport = (byte*)header;
        return outcome;
    }

    /// <summary>A packet of a connection with a helper, translated, on its way out.</summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="packet">The packet; its connection is confirmed.</param>
    /// <param name="parameters">The settings of this burst.</param>
    /// <param name="counters">The worker's, of every helper.</param>
    /// <param name="mostBytes">Bytes that the packet may have, from the IP header on, where it leaves.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Leave<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters, HelperCounterTable* counters, uint mostBytes)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var connection = (Connection*)packet->Connection;
        HelperState* state = table.HelperStateOf(connection);
        if (state == null)
        {
            // No memory is committed for it yet: there may be some for its next packet.
            (*counters)[(int)HelperKind.None].Refused++;
            return;
        }

        Extension* extension = table.ExtensionOf(connection);
        if (extension->Helper == HelperKind.None)
        {
            extension->Helper = HelperOf(table.At(packet->Record), parameters);
        }

        HelperCounters* own = (HelperCounters*)counters + (int)extension->Helper;
        var work = new HelperWork(table.Expectations, parameters, own, mostBytes);
        bool changed = false;
        switch (extension->Helper)
        {
            case HelperKind.Ftp when packet->Protocol == IpProtocol.Tcp:
                changed = FtpControl.Read(table, packet, state, work);
                break;
            case HelperKind.Irc when packet->Protocol == IpProtocol.Tcp:
                changed = IrcControl.Read(table, packet, state, work);
                break;
            case HelperKind.Pptp when packet->Protocol == IpProtocol.Tcp:
                changed = PptpControl.Read(table, packet, state, work);
                break;
            case HelperKind.Tftp when packet->Protocol == IpProtocol.Udp:
                TftpRequest.Expect(table, packet, state, work);
                break;
            case HelperKind.Sip when packet->Protocol is IpProtocol.Udp or IpProtocol.Tcp:
                changed = SipControl.Read(table, packet, state, work);
                break;
            case HelperKind.H323 when packet->Protocol == IpProtocol.Tcp:
                changed = H323Control.Read(table, packet, state, work);
                break;
        }

        own->Rewritten += changed ? 1u : 0;

        if (packet->Protocol == IpProtocol.Tcp)
        {
            changed |= Shift(packet, state);
        }

        if (changed)
        {
            PayloadRewrite.Finish(packet);
        }
    }

    /// <summary>Gives a segment the numbers that its receiver knows, and its acknowledgment those that the other end sent. True when that changed any.</summary>
    static bool Shift(Packet* packet, HelperState* state)
    {
        SequenceShift* forth = HelperState.ShiftOf(state, packet->Direction);
        SequenceShift* back = HelperState.ShiftOf(state, 1 - packet->Direction);
        var header = (TcpHeader*)packet->Transport;
        if (forth->IsSet)
        {
            header->Sequence = BinaryPrimitives.ReverseEndianness(forth->Forth(BinaryPrimitives.ReverseEndianness(header->Sequence)));
        }

        if (back->IsSet)
        {
            ShiftBack(header, *back);
        }

        return forth->IsSet | back->IsSet;
    }

    static void ShiftBack(TcpHeader* header, in SequenceShift shift)
    {
        if ((header->Flags & TcpHeader.Ack) != 0)
        {
            header->Acknowledgment = BinaryPrimitives.ReverseEndianness(shift.Back(BinaryPrimitives.ReverseEndianness(header->Acknowledgment)));
        }

        TcpOptions.ShiftSack(header, shift);
    }

    static HelperKind HelperOf<TRecord>(TRecord* record, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        byte protocol = TRecord.ConnectionOf(record)->Protocol;
        HelperKind helper = parameters->Helpers.Find(protocol, TRecord.PortsOf(record, 0)->DstPort);
        return helper != HelperKind.None ? helper : parameters->Helpers.Find(protocol, TRecord.PortsOf(record, 1)->SrcPort);
    }

    /// <summary>The connection is the one that was expected.</summary>
    static void Meet<TRecord>(ConnectionTable<TRecord> table, TRecord* record, Packet* packet, in Expectation expected)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Connection* connection = TRecord.ConnectionOf(record);
        connection->Flags |= ConnectionFlags.Expected;
        connection->Mark = expected.Mark;
        packet->State = ConnectionStateOfPacket.Related;
        Extension* extension = table.ExtensionOf(connection);
        if (extension != null)
        {
            extension->Helper = expected.Helper;
        }

        PortPair* reply = TRecord.PortsOf(record, 1);
        if (packet->Protocol == IpProtocol.Gre)
        {
            // Each direction names a call of its own.
            reply->SrcPort = 0;
            reply->DstPort = expected.ReplyCall;
            GreFlow* flow = GreFlow.Of(connection);
            flow->IsCall = 1;
            flow->CallsThatLeave[0] = expected.LeavesDstPort;
            flow->CallsThatLeave[1] = expected.ReplyCallLeaves;
        }

        if ((expected.Marks & ExpectationMarks.IsRead) != 0)
        {
            LetRead(table, connection, expected);
        }

        if ((expected.Marks & ExpectationMarks.FollowsMaster) == 0)
        {
            return;
        }

        connection->Flags |= ConnectionFlags.FollowsMaster;
        connection->Flags |= (expected.Marks & ExpectationMarks.Masqueraded) != 0 ? ConnectionFlags.Masqueraded : ConnectionFlags.None;
        TRecord.AnswerFrom(record, expected.LeavesDst);
        if (ExpectationTable.TryFindPair(table.Expectations, expected, out Expectation pair)
            && TRecord.SrcOf(record, 0) == pair.LeavesDst && TRecord.PortsOf(record, 0)->SrcPort == pair.LeavesDstPort)
        {
            // One stream in both directions: it comes from where its other half is expected.
            TRecord.AnswerTo(record, pair.Dst);
            reply->DstPort = pair.DstPort;
        }
        else if (TRecord.SrcOf(record, 0) == expected.Src)
        {
            TRecord.AnswerTo(record, expected.LeavesSrc);
        }

        bool moved = expected.LeavesDst != expected.Dst | expected.LeavesDstPort != expected.DstPort;
        reply->SrcPort = packet->Protocol == IpProtocol.Gre ? (ushort)0 : expected.LeavesDstPort;
        connection->Flags |= moved ? ConnectionFlags.DstNat : ConnectionFlags.None;
    }

    /// <summary>The helper that expected a connection reads it too; without memory for what it remembers it is a connection as any other.</summary>
    static void LetRead<TRecord>(ConnectionTable<TRecord> table, Connection* connection, in Expectation expected)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        HelperState* state = table.HelperStateOf(connection);
        byte* text = state == null ? null : table.HeldTextOf(state);
        if (text == null)
        {
            return;
        }

        connection->Flags |= ConnectionFlags.UsesHelper;
        if (expected.Helper == HelperKind.H323)
        {
            ((H323Call*)text)->Part = (H323Part)expected.Part;
        }
    }
}
