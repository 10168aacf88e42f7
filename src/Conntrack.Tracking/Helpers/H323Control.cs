using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads H.323 in both directions: Q.931 for the place where H.245 goes on, and H.245, in a connection of its own or carried along by Q.931, for the places
/// where media are heard. An address has always the same length, so the stream keeps its numbers.
/// </summary>
/// <remarks>As in nf_conntrack_h323 a message counts when all of it lies in one segment, its TPKT header (RFC 1006) in front of it or alone in the segment before.</remarks>
static unsafe class H323Control
{
    const int MostMessages = 8, MostPlaces = 24, HeaderLength = 4;

    const uint Timeout = 240 * Timestamp.TicksPerSecond;

    /// <summary>Ports, or pairs of them, that are tried.</summary>
    const int MostTries = 32;

    /// <summary>Reads a packet. True when its data is not what it was.</summary>
    public static bool Read<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var call = (H323Call*)table.HeldTextOf(state);
        if (call == null || !PayloadRewrite.TryView(packet, out byte* data, out int length))
        {
            work.Counters->LeftAlone++;
            return false;
        }

        if (length == 0)
        {
            return false;
        }

        var text = new Span<byte>(data, length);
        ref ushort promised = ref call->Promised[packet->Direction];
        bool changed = false;
        int place = 0;
        for (int messages = 0; place < length; messages++)
        {
            int bytes = promised;
            promised = 0;
            if (bytes == 0)
            {
                if (length - place < HeaderLength || text[place] != 3 || text[place + 1] != 0)
                {
                    break;
                }

                bytes = BinaryPrimitives.ReadUInt16BigEndian(text[(place + 2)..]) - HeaderLength;
                place += HeaderLength;
                if (place == length && bytes > 0)
                {
                    promised = (ushort)bytes;
                    break;
                }
            }

            if (messages == MostMessages || bytes <= 0 || bytes > length - place)
            {
                work.Counters->LeftAlone += bytes > 0 ? 1u : 0;
                work.Counters->Malformed += bytes <= 0 ? 1u : 0;
                break;
            }

            changed |= ReadMessage(table, packet, call, work, text, place, bytes);
            place += bytes;
        }

        return changed;
    }

    static bool ReadMessage<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, H323Call* call, in HelperWork work, Span<byte> text, int start, int length)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var places = new H323Places(stackalloc H323Place[MostPlaces]);
        bool isSound = call->Part == H323Part.Control
            ? H245Message.TryRead(text, start, length, ref places)
            : Q931Message.TryRead(text, start, length, ref places);
        if (!isSound)
        {
            work.Counters->Malformed++;
            return false;
        }

        work.Counters->Parsed++;
        bool changed = false;
        foreach (ref readonly H323Place place in places.All)
        {
            changed |= Follow(table, packet, call, work, text, place);
        }

        return changed;
    }

    /// <summary>One address of a message. True when another stands there now.</summary>
    static bool Follow<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, H323Call* call, in HelperWork work, Span<byte> text, in H323Place place)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (place.IsIpv6 != (packet->Family == PacketFamily.Ipv6) || place.Port == 0)
        {
            return false;
        }

        TRecord* record = table.At(packet->Record);
        int direction = packet->Direction;
        if (place.Field is H323Field.SourceSignal or H323Field.DestinationSignal)
        {
            return Translator.IsTranslated(TRecord.ConnectionOf(record)) && Signal(record, direction, text, place);
        }

        // What is somebody else's to announce opens nothing.
        if (place.Address != TRecord.SrcOf(record, direction))
        {
            return false;
        }

        Expectation expected = Announcing.Like(table, packet, 1 - direction, Timeout);
        expected.Helper = HelperKind.H323;
        expected.Protocol = place.Field is H323Field.Media or H323Field.MediaControl ? IpProtocol.Udp : IpProtocol.Tcp;
        expected.Marks |= place.Field == H323Field.Control ? ExpectationMarks.IsRead
            : place.Field == H323Field.Data ? ExpectationMarks.Stays
            : ExpectationMarks.None;
        expected.Part = (byte)H323Part.Control;
        int port = expected.Protocol == IpProtocol.Udp
            ? ExpectPair(packet, call, work, expected, place.Port)
            : ExpectOne(packet, call, work, expected, place.Port);
        if (port < 0)
        {
            work.Counters->Refused++;
            return false;
        }

        if (expected.Dst == place.Address && port == place.Port)
        {
            return false;
        }

        place.Write(text, expected.Dst, (ushort)port);
        return true;
    }

    /// <summary>The two ends of the signalling, as the receiver knows them.</summary>
    static bool Signal<TRecord>(TRecord* record, int direction, Span<byte> text, in H323Place place)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool isSource = place.Field == H323Field.SourceSignal;
        UInt128 known = isSource ? TRecord.SrcOf(record, direction) : TRecord.DstOf(record, direction);
        UInt128 address = isSource ? TRecord.DstOf(record, 1 - direction) : TRecord.SrcOf(record, 1 - direction);
        PortPair* ports = TRecord.PortsOf(record, 1 - direction);
        if (place.Address != known || known == address)
        {
            return false;
        }

        place.Write(text, address, Host(isSource ? ports->DstPort : ports->SrcPort));
        return true;
    }

    static int ExpectOne(Packet* packet, H323Call* call, in HelperWork work, Expectation expected, ushort asked)
    {
        int tries = expected.Dst == expected.LeavesDst ? 1 : MostTries;
        expected.LeavesDstPort = Host(asked);
        for (int port = asked; port < asked + tries && port <= ushort.MaxValue; port++)
        {
            expected.DstPort = Host((ushort)port);
            if (TryEnter(packet, call, work, expected, out _))
            {
                return port;
            }
        }

        return -1;
    }

    /// <summary>RTP at an even port and its RTCP at the next, whichever of them was announced. The port for the announced one, negative where there is none.</summary>
    static int ExpectPair(Packet* packet, H323Call* call, in HelperWork work, Expectation expected, ushort asked)
    {
        int tries = expected.Dst == expected.LeavesDst ? 1 : MostTries;
        int first = asked & ~1;
        for (int port = first; port < first + (2 * tries) && port < ushort.MaxValue; port += 2)
        {
            (expected.DstPort, expected.LeavesDstPort) = (Host((ushort)port), Host((ushort)first));
            if (!TryEnter(packet, call, work, expected, out ushort media))
            {
                continue;
            }

            (expected.DstPort, expected.LeavesDstPort) = (Host((ushort)(port + 1)), Host((ushort)(first + 1)));
            if (TryEnter(packet, call, work, expected, out _))
            {
                return port + (asked & 1);
            }

            ExpectationTable.Withdraw(work.Expectations, media, expected.Master);
        }

        return -1;
    }

    static bool TryEnter(Packet* packet, H323Call* call, in HelperWork work, in Expectation expected, out ushort number)
    {
        if (ExpectationTable.Enter(work.Expectations, expected, packet->Time, out number) != ExpectOutcome.Entered)
        {
            return false;
        }

        work.Counters->Expected++;
        H323Call.Remember(call, work.Expectations, expected.Master, number);
        return true;
    }

    /// <summary>From network order and back.</summary>
    static ushort Host(ushort port) => BinaryPrimitives.ReverseEndianness(port);
}
