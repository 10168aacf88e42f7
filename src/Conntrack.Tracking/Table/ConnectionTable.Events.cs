using System.Runtime.CompilerServices;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Tracking.Table;

/// <content>Tells whoever watches what happens to connections. While nobody does it is one branch, and only where something happens.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>State, flags or mark of a confirmed connection have changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TellChanged(uint record) => Tell(EventKind.Changed, record, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Tell(EventKind kind, uint record, ConnectionEnd end)
    {
        EventRing* ring = (EventRing*)Volatile.Read(ref *(nint*)&_view->Events);
        if (ring != null)
        {
            Write(ring, kind, record, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void CountTalkers(uint record)
    {
        TalkerSketch* talkers = _view->Talkers;
        if (talkers != null && TalkerSketch.IsSampled(talkers, TalkerKind.Opened))
        {
            TalkerSketch.Add(talkers, TalkerKind.Opened, TRecord.TalkersOf(At(record)));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Write(EventRing* ring, EventKind kind, uint record, ConnectionEnd end)
    {
        Connection* connection = ConnectionAt(record);
        if ((connection->Flags & (ConnectionFlags.Confirmed | ConnectionFlags.Dying)) != ConnectionFlags.Confirmed)
        {
            // Nobody has heard of it, for its first packet has not left, or its end is told already.
            return;
        }

        ConnectionEvent* line = EventRing.Begin(ring);
        if (line == null)
        {
            return;
        }

        line->Record = record;
        line->Deadline = _deadlines[record];
        line->Kind = kind;
        line->End = end;
        line->IsIpv6 = (byte)(sizeof(TRecord) == Connection6.ByteSize ? 1 : 0);
        line->Extension = connection->Extension == 0 ? default : *_view->Extensions.At(connection->Extension);
        *(TRecord*)&line->Ipv6 = *At(record);
        EventRing.Publish(ring);
    }
}
