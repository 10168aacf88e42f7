using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking.Tcp;

/// <summary>
/// TCP as somebody in the middle sees it: <see cref="TcpTransitions"/> for the state, <see cref="TcpWindow"/> for what either side may send
/// and acknowledge, and the timeout that follows from both. Agrees with nf_conntrack packet by packet; docs/differences.md has the exceptions.
/// </summary>
public static unsafe partial class TcpTracking
{
    /// <summary>Longer than any timeout: <see cref="TryContinue"/> has done nothing.</summary>
    public const uint Untouched = uint.MaxValue;

    /// <summary>Whether a segment without a connection may open one: a SYN, and with loose tracking what may belong to a handshake or data.</summary>
    public static bool CanOpen(Packet* packet, TrackingParameters* parameters)
    {
        TcpKind kind = TcpTransitions.Classify(packet->TcpFlags);
        return TcpTransitions.Next(0, (byte)TcpState.None, kind) != TcpTransitions.Invalid
            && (kind == TcpKind.Syn || parameters->Loose != 0);
    }

    /// <summary>First packet of a connection; returns its timeout.</summary>
    public static uint Open(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        packet->Direction = 0;
        var segment = new TcpSegment(packet);
        TcpFlow* flow = TcpFlow.Of(connection);
        *flow = default;
        flow->Original.End = segment.End;
        flow->Original.Size = Math.Max(segment.Window, 1u);
        if (segment.Kind == TcpKind.Syn)
        {
            flow->Original.Limit = segment.End;
            TakeOffer(flow, segment);
        }
        else
        {
            // Its history is lost: nobody knows the window scales, and SACK is likely.
            flow->Original.Limit = segment.End + flow->Original.Size;
            flow->Marks = flow->Marks.With((TcpMarks.SackPermitted | TcpMarks.Liberal) * TcpMarks.OfBothDirections);
            Check(flow, (byte)TcpState.None, segment, liberal: true);
        }

        flow->Marks = flow->Marks.WithLast(0, segment.Kind);
        connection->State = TcpTransitions.Next(0, (byte)TcpState.None, segment.Kind);
        uint timeout = Timeout(flow->Marks, flow->LastWindow, connection->State, segment.Kind, parameters);
        return connection->State == (byte)TcpState.Established ? UntilAnswered(timeout, parameters) : timeout;
    }

    /// <summary>
    /// A packet of a known connection. The straight line is <see cref="TryContinue"/>; everything else goes to <see cref="Judge"/>.
    /// </summary>
    public static Outcome Continue(Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
    {
        timeout = TryContinue(connection, packet, parameters);
        if (timeout == Untouched)
        {
            return Judge(connection, packet, parameters, out timeout);
        }

        connection->Flags |= ConnectionFlags.Assured;
        return Outcome.Accept;
    }

    /// <summary>
    /// An ACK, with data or without, between two sides that have both shown their window, inside both, and with room left: the connection is
    /// assured by it, which is left to the caller. What it shows is <see cref="Admit"/>'s and <see cref="Note"/>'s, without what cannot be here. Returns
    /// the timeout, or <see cref="Untouched"/> for everything else.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint TryContinue(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        TcpFlow* flow = TcpFlow.Of(connection);
        uint direction = packet->Direction;
        TcpWindow* from = &flow->Original + (nuint)direction;
        TcpWindow* to = &flow->Original + (nuint)(1 - direction);
        var header = (TcpHeader*)packet->Transport;
        uint window = BinaryPrimitives.ReverseEndianness(header->Window);
        if (connection->State != (byte)TcpState.Established
            || (packet->TcpFlags & TcpSegment.KindFlags) != TcpHeader.Ack
            || (connection->Flags & ConnectionFlags.SeenReply) == 0
            || from->Size == 0
            || to->Size == 0
            || window == 0)
        {
            return Untouched;
        }

        uint marks = flow->Marks.Bits;
        uint sequence = BinaryPrimitives.ReverseEndianness(header->Sequence);
        uint acknowledgment = BinaryPrimitives.ReverseEndianness(header->Acknowledgment);
        uint length = packet->TransportLength - header->HeaderLength;
        uint end = sequence + length;
        uint highest = acknowledgment;
        if (TcpOptions.MayHoldSack(header) && flow->Marks.Has(TcpMarks.SackPermitted, 1 - (int)direction))
        {
            highest = TcpOptions.HighestEdge(header, acknowledgment);
        }

        if (!TcpWindow.Contain(*from, *to, sequence, end, highest))
        {
            return Untouched;
        }

        uint offered = window << flow->Marks.Shift((int)direction);
        uint before = from->End, acknowledged = from->Acknowledged, sent = to->End;
        from->Size = Math.Max(from->Size, offered + (highest - acknowledgment));
        bool isNew = (int)(end - before) > 0;
        from->End = isNew ? end : before;
        acknowledged = (marks & (TcpMarks.HasAcknowledged << (int)direction)) != 0 ? acknowledged : acknowledgment;
        from->Acknowledged = TcpWindow.Later(acknowledged, acknowledgment);
        to->Size += (uint)Math.Max((int)(end - from->Limit), 0);
        uint limit = highest + offered;
        to->Limit = TcpWindow.Later(to->Limit, limit);

        // By arithmetic: whether there is news of either kind is anybody's guess.
        uint open = (uint)Unsafe.BitCast<bool, byte>(isNew) << (int)direction;
        uint answered = (uint)Unsafe.BitCast<bool, byte>(acknowledgment == sent) << (1 - (int)direction);
        marks = (marks | (TcpMarks.Unacknowledged * open) | (TcpMarks.HasAcknowledged << (int)direction)) & ~(TcpMarks.Unacknowledged * answered);
        TcpMarks noted = Note(new TcpMarks(marks), flow, (int)direction, length, end, acknowledgment, window).WithLast((int)direction, TcpKind.Ack);
        flow->Marks = noted;
        uint usual = parameters->Timeouts[(int)TcpState.Established];
        uint waiting = Math.Min(usual, parameters->Timeouts[(int)TimeoutSlot.TcpUnacked]);
        return noted.Repetitions >= TcpMarks.ManyRepetitions ? Timeout(noted, window, (byte)TcpState.Established, TcpKind.Ack, parameters)
            : noted.EitherHas(TcpMarks.Unacknowledged) ? waiting
            : usual;
    }

    /// <summary>What a segment inside the bounds shows of both sides.</summary>
    /// <param name="marks">The connection's marks; returned as they become.</param>
    /// <param name="from">The sender's side.</param>
    /// <param name="to">The receiver's.</param>
    /// <param name="direction">The sender's direction.</param>
    /// <param name="end">The number after its last byte.</param>
    /// <param name="acknowledges">It has the ACK flag; without, it is taken to acknowledge all.</param>
    /// <param name="acknowledgment">What it acknowledges in order.</param>
    /// <param name="highest">The highest number it acknowledges, SACK included.</param>
    /// <param name="window">The window it offers, in bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TcpMarks Admit(
        TcpMarks marks,
        TcpWindow* from,
        TcpWindow* to,
        int direction,
        uint end,
        bool acknowledges,
        uint acknowledgment,
        uint highest,
        uint window)
    {
        from->Size = Math.Max(from->Size, window + (highest - acknowledgment));
        uint before = from->End;
        from->End = TcpWindow.Later(before, end);
        uint sent = from->End != before ? TcpMarks.Unacknowledged << direction : 0;
        if (acknowledges)
        {
            uint known = marks.Has(TcpMarks.HasAcknowledged, direction) ? from->Acknowledged : acknowledgment;
            from->Acknowledged = TcpWindow.Later(known, acknowledgment);
            marks = marks.With(TcpMarks.HasAcknowledged << direction);
        }

        // What the sender was seen to send beyond the limit, the receiver must have offered.
        int beyond = to->Size != 0 ? (int)(end - from->Limit) : 0;
        to->Size += (uint)Math.Max(beyond, 0);

        // A window of 0 lets one byte pass: the probe (RFC 9293 3.8.6.1).
        uint limit = highest + window;
        to->Limit = (int)(limit - to->Limit) >= 0 ? limit + (window == 0 ? 1u : 0) : to->Limit;
        uint answered = acknowledgment == to->End ? TcpMarks.Unacknowledged << (1 - direction) : 0;
        return marks.With(sent).Without(answered);
    }

    /// <summary>Remembers an ACK, and counts it where it repeats the last one in everything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TcpMarks Note(TcpMarks marks, TcpFlow* flow, int direction, uint length, uint end, uint acknowledgment, uint window)
    {
        uint lengthAndWindow = (ushort)length | (window << 16);
        uint differs = (flow->LastAcknowledgment ^ acknowledgment) | (flow->LastEnd ^ end) | (flow->LastLengthAndWindow ^ lengthAndWindow)
            | (uint)(marks.LastDirection ^ direction);
        flow->LastAcknowledgment = acknowledgment;
        flow->LastEnd = end;
        flow->LastLengthAndWindow = lengthAndWindow;
        return marks.WithRepetition(differs);
    }

    /// <summary>
    /// The state's timeout, or a shorter one while things are not as they should be: segments that come again and again, data nobody
    /// acknowledges, a window that stays shut.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Timeout(TcpMarks marks, uint lastWindow, byte state, TcpKind kind, TrackingParameters* parameters)
    {
        uint timeout = parameters->Timeouts[state];
        uint repeated = Math.Min(timeout, parameters->Timeouts[(int)TimeoutSlot.TcpMaxRetrans]);
        uint unacknowledged = parameters->Timeouts[(int)TimeoutSlot.TcpUnacked];
        uint usual = lastWindow == 0 ? repeated : timeout;
        usual = marks.EitherHas(TcpMarks.Unacknowledged) & unacknowledged < timeout ? unacknowledged : usual;
        usual = kind == TcpKind.Rst ? parameters->Timeouts[(int)TcpState.Close] : usual;
        return marks.Repetitions >= TcpMarks.ManyRepetitions & repeated < timeout ? repeated : usual;
    }

    /// <summary>Picked up midstream and not answered yet: a single stray ACK must not hold an entry for a day.</summary>
    static uint UntilAnswered(uint timeout, TrackingParameters* parameters) =>
        Math.Min(timeout, parameters->Timeouts[(int)TimeoutSlot.TcpUnacked]);
}
