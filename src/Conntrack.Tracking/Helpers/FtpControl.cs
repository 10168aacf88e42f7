using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads an FTP control connection line by line, in both directions. Lines of a segment that say where a data connection goes are rewritten where
/// they stand.
/// </summary>
/// <remarks>
/// <para>A line is believed only where it begins behind the end of another: else whoever can make a server repeat a word in the middle of an answer opens
/// ports. Segments are read in order; one that comes again is read again from the same place, and one
/// that others have overtaken where it would have been read.</para>
/// <para>Of a line that may become such a one, and of which only the beginning has come, the beginning is held back: the segment leaves shorter, which
/// TCP does not mind, and the next one leaves with it in front. If that never comes, the sender repeats what was not acknowledged.</para>
/// </remarks>
static unsafe class FtpControl
{
    /// <summary>Lines of a packet that are read.</summary>
    const int MostLines = 32;

    /// <summary>Reads a packet. True when its data is not what it was.</summary>
    public static bool Read<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        int direction = packet->Direction;
        var header = (TcpHeader*)packet->Transport;
        uint sequence = BinaryPrimitives.ReverseEndianness(header->Sequence);
        StreamMarks* marks = HelperState.MarksOf(state, direction);
        if ((packet->TcpFlags & TcpHeader.Syn) != 0)
        {
            state->Next[direction] = sequence + 1;
            state->Held[direction] = 0;
            *marks = StreamMarks.IsKnown | StreamMarks.AtLine;
            return false;
        }

        if (!PayloadRewrite.TryView(packet, out byte* data, out int length))
        {
            work.Counters->LeftAlone++;
            *marks = StreamMarks.None;
            state->Held[direction] = 0;
            return false;
        }

        if (length == 0 || (packet->TcpFlags & TcpHeader.Reset) != 0)
        {
            return false;
        }

        uint end = sequence + (uint)length;
        int held = state->Held[direction];
        bool joins = held != 0 && sequence == state->Start[direction] + (uint)held;
        bool again = (*marks & StreamMarks.HasStart) != 0 && sequence == state->Start[direction];
        bool late = (*marks & StreamMarks.HasLate) != 0 && sequence == ((FtpText*)table.HeldTextOf(state))->Late[direction];
        bool inOrder = (*marks & StreamMarks.IsKnown) != 0 && sequence == state->Next[direction];
        int place = 0;
        if (!joins & !again & !late)
        {
            if (!inOrder || (*marks & StreamMarks.AtLine) == 0)
            {
                place = inOrder ? new ReadOnlySpan<byte>(data, length).IndexOf((byte)'\n') + 1 : 0;
                if (place == 0)
                {
                    AwaitMissing(state, marks, direction, sequence);
                    KeepUp(state, marks, direction, end, data[length - 1]);
                    return false;
                }
            }

            held = 0;
        }

        bool startsInside = place != 0;
        bool changed = false;
        if (joins)
        {
            changed = Join(table, packet, state, marks, work, ref sequence);
            held = changed ? held : 0;
            length += held;
        }

        int growth = ReadLines(table, packet, state, work, ref place, ref changed);
        HelperState.ShiftOf(state, direction)->Note(sequence, growth);
        int rest = length + growth - place;
        KeepUp(state, marks, direction, end, data[length + growth - 1]);
        if (state->Next[direction] != end && rest == 0)
        {
            NoteLate(table, state, marks, direction, end);
        }

        if (rest > 0 && state->Next[direction] == end && Hold(table, packet, state, *marks, place, rest))
        {
            state->Start[direction] = end - (uint)rest;
            state->Held[direction] = (byte)rest;
            state->Held[1 - direction] = 0;
            *marks |= StreamMarks.HasStart | StreamMarks.AtLine;
            return true;
        }

        if (!joins)
        {
            state->Start[direction] = sequence;
            state->Held[direction] = 0;
            *marks = startsInside ? *marks & ~StreamMarks.HasStart : *marks | StreamMarks.HasStart;
        }

        return changed;
    }

    /// <summary>Puts what was held in front of what has come. False where there is no room: the beginning will come again, and pass then.</summary>
    static bool Join<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, StreamMarks* marks, in HelperWork work, ref uint sequence)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        int direction = packet->Direction;
        int held = state->Held[direction];
        byte* text = table.HeldTextOf(state);
        if (!PayloadRewrite.TryReplace(packet, 0, 0, new ReadOnlySpan<byte>(text, held), work.MostBytes))
        {
            work.Counters->LeftAlone++;
            state->Held[direction] = 0;
            *marks |= StreamMarks.HoldsNothing;
            return false;
        }

        sequence = state->Start[direction];
        ((TcpHeader*)packet->Transport)->Sequence = BinaryPrimitives.ReverseEndianness(sequence);
        return true;
    }

    /// <summary>Reads whole lines and rewrites those that have to be. Returns how much longer the data has become.</summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="state">The helper's state.</param>
    /// <param name="work">The rest.</param>
    /// <param name="place">In: where a line begins. Out: behind the last whole line.</param>
    /// <param name="changed">Set when anything was rewritten.</param>
    static int ReadLines<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, ref int place, ref bool changed)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool fromServer = packet->Direction == 1;
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        int growth = 0;
        for (int lines = 0; PayloadRewrite.TryView(packet, out byte* data, out int length) && place < length; lines++)
        {
            var rest = new ReadOnlySpan<byte>(data + place, length - place);
            int lineLength = rest.IndexOf((byte)'\n') + 1;
            if (lineLength == 0)
            {
                break;
            }

            if (lines == MostLines)
            {
                work.Counters->LeftAlone++;
                place = length;
                break;
            }

            if (FtpMessage.TryRead(rest[..lineLength], fromServer, isIpv6, out Announcement announcement, out bool isMalformed))
            {
                work.Counters->Parsed++;
                int longer = Announce(table, packet, state, work, announcement, place, ref changed);
                lineLength += longer;
                growth += longer;
            }
            else if (isMalformed)
            {
                work.Counters->Malformed++;
            }

            place += lineLength;
        }

        return growth;
    }

    /// <summary>Expects the data connection that a line announces, and lets the line say where. Returns how much longer it has become.</summary>
    static int Announce<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, Announcement announcement, int place, ref bool changed)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        int direction = packet->Direction;
        Expectation expected = Announcing.Like(table, packet, 1 - direction, Announcing.DataTimeout);
        expected.Helper = HelperKind.Ftp;
        expected.Protocol = IpProtocol.Tcp;

        // An address that is not its sender's own would send data to a third party (the FTP bounce attack).
        if (announcement.Address != 0 && announcement.Address != expected.LeavesDst)
        {
            work.Counters->Refused++;
            return 0;
        }

        ushort port = Announcing.Expect(table, packet, state, work, expected, announcement.Port);
        if (port == 0 || (port == announcement.Port && (announcement.Address == 0 || expected.Dst == announcement.Address)))
        {
            return 0;
        }

        Span<byte> text = stackalloc byte[FtpMessage.LongestText];
        int length = FtpMessage.Write(text, announcement, packet->Family == PacketFamily.Ipv6, expected.Dst, port);
        if (!PayloadRewrite.TryReplace(packet, place + announcement.Start, announcement.Length, text[..length], work.MostBytes))
        {
            work.Counters->LeftAlone++;
            return 0;
        }

        changed = true;
        return length - announcement.Length;
    }

    /// <summary>Holds the beginning of a line back, where the rest of it may turn out to matter.</summary>
    static bool Hold<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, StreamMarks marks, int place, int rest)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if ((marks & StreamMarks.HoldsNothing) != 0
            || rest > FtpText.LongestHeld
            || (packet->TcpFlags & TcpHeader.Fin) != 0
            || !PayloadRewrite.TryView(packet, out byte* data, out _))
        {
            return false;
        }

        var beginning = new ReadOnlySpan<byte>(data + place, rest);
        byte* text = FtpMessage.MayBegin(beginning, packet->Direction == 1) ? table.HeldTextOf(state) : null;
        if (text == null)
        {
            return false;
        }

        beginning.CopyTo(new Span<byte>(text, rest));
        return PayloadRewrite.TryReplace(packet, place, rest, default, uint.MaxValue);
    }

    /// <summary>A segment has overtaken others: where a line was to begin, the one that comes there late is read all the same.</summary>
    static void AwaitMissing(HelperState* state, StreamMarks* marks, int direction, uint sequence)
    {
        const StreamMarks Known = StreamMarks.IsKnown | StreamMarks.AtLine;
        if ((*marks & Known) == Known && (int)(sequence - state->Next[direction]) > 0 && state->Held[direction] == 0)
        {
            state->Start[direction] = state->Next[direction];
            *marks |= StreamMarks.HasStart;
        }
    }

    /// <summary>Whole lines have been read that others had overtaken: a line begins behind them too.</summary>
    static void NoteLate<TRecord>(ConnectionTable<TRecord> table, HelperState* state, StreamMarks* marks, int direction, uint end)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var text = (FtpText*)table.HeldTextOf(state);
        if (text != null)
        {
            text->Late[direction] = end;
            *marks |= StreamMarks.HasLate;
        }
    }

    /// <summary>The stream has come this far.</summary>
    static void KeepUp(HelperState* state, StreamMarks* marks, int direction, uint end, byte last)
    {
        if ((*marks & StreamMarks.IsKnown) == 0 || (int)(end - state->Next[direction]) >= 0)
        {
            state->Next[direction] = end;
            *marks = (*marks & ~StreamMarks.AtLine) | StreamMarks.IsKnown | (last == '\n' ? StreamMarks.AtLine : StreamMarks.None);
        }
    }
}
