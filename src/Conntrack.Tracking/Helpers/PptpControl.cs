using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads PPTP's control connection for the calls that its two ends agree on. A packet of GRE names the receiver's call alone, so what belongs together can
/// only be known from here: both directions of a call become one connection.
/// </summary>
/// <remarks>
/// A translated client's call is known outside by the port that its control connection has there, which no other client of that server has: two
/// clients may choose one call id.
/// <code>
/// call of     the client itself   as the server knows it   the server
///             Calls[0]            Calls[1]                 Calls[2]
/// </code></remarks>
static unsafe class PptpControl
{
    const int MostMessages = 16;

    /// <summary>Reads a packet. True when its data is not what it was.</summary>
    public static bool Read<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (!PayloadRewrite.TryView(packet, out byte* data, out int length))
        {
            work.Counters->LeftAlone++;
            return false;
        }

        bool changed = false;
        var rest = new Span<byte>(data, length);
        for (int messages = 0; !rest.IsEmpty; messages++)
        {
            if (messages == MostMessages || !PptpMessage.TryRead(rest, out PptpMessage message))
            {
                work.Counters->Malformed++;
                break;
            }

            work.Counters->Parsed++;
            changed |= packet->Direction == 0
                ? FromClient(table, packet, state, message, rest)
                : FromServer(table, packet, state, work, message, rest);
            rest = rest[message.Length..];
        }

        return changed;
    }

    static bool FromClient<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in PptpMessage message, Span<byte> text)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        switch (message.Kind)
        {
            case PptpKind.OutgoingCallRequest or PptpKind.IncomingCallReply:
                state->Calls[0] = message.Call;
                bool translated = Translator.IsTranslated(table.ConnectionAt(packet->Record));
                state->Calls[1] = translated
                    ? BinaryPrimitives.ReverseEndianness(TRecord.PortsOf(table.At(packet->Record), 1)->DstPort)
                    : message.Call;
                return Put(text, message.CallAt, message.Call, state->Calls[1]);
            case PptpKind.CallClearRequest or PptpKind.CallDisconnectNotify when message.Call == state->Calls[0]:
                return Put(text, message.CallAt, message.Call, state->Calls[1]);
            default:
                return false;
        }
    }

    static bool FromServer<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, in PptpMessage message, Span<byte> text)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool isOurs = message.PeerAt != 0 && message.Peer == state->Calls[1];
        switch (message.Kind)
        {
            case PptpKind.OutgoingCallReply when isOurs && message.Result == PptpMessage.Connected:
                Expect(table, packet, state, work, message.Call);
                break;
            case PptpKind.IncomingCallRequest:
                state->Calls[2] = message.Call;
                break;
            case PptpKind.IncomingCallConnected when isOurs:
                Expect(table, packet, state, work, state->Calls[2]);
                break;
            case PptpKind.CallDisconnectNotify:
                HelperState.ForgetAll(state, work.Expectations, table.ConnectionAt(packet->Record));
                break;
        }

        return isOurs && Put(text, message.PeerAt, message.Peer, state->Calls[0]);
    }

    /// <summary>Expects the call from either side; whoever begins, the other's packets answer.</summary>
    static void Expect<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, ushort server)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        state->Calls[2] = server;
        for (int direction = 0; direction < 2; direction++)
        {
            Expectation expected = Announcing.Like(table, packet, direction, Announcing.DataTimeout);
            expected.Helper = HelperKind.Pptp;
            expected.Protocol = IpProtocol.Gre;
            expected.DstPort = Big(direction == 0 ? server : state->Calls[1]);
            expected.LeavesDstPort = Big(direction == 0 ? server : state->Calls[0]);
            expected.ReplyCall = Big(direction == 0 ? state->Calls[1] : server);
            expected.ReplyCallLeaves = Big(direction == 0 ? state->Calls[0] : server);
            if (ExpectationTable.Enter(work.Expectations, expected, packet->Time, out ushort number) == ExpectOutcome.Entered)
            {
                work.Counters->Expected++;
                HelperState.Remember(state, work.Expectations, expected.Master, number);
            }
            else
            {
                work.Counters->Refused++;
            }
        }
    }

    static bool Put(Span<byte> text, int offset, ushort before, ushort after)
    {
        BinaryPrimitives.WriteUInt16BigEndian(text[offset..], after);
        return before != after;
    }

    static ushort Big(ushort call) => BinaryPrimitives.ReverseEndianness(call);
}
