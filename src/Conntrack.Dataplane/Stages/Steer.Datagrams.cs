using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Steering;
using Conntrack.Packets;
using Conntrack.Packets.Parsing;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <content>
/// Datagrams that have become whole where their fragments meet: with their ports they are looked for like any other packet. They go on as the
/// fragments they came in, all at once, and are put together again by whoever takes them. A datagram that nobody knows opens its connection
/// where it became whole; that gets a name in the index, for its next packet may come in one piece.
/// </content>
static unsafe partial class Steer
{
    /// <summary>Returns how many packets have left the burst.</summary>
    /// <param name="worker">One of several.</param>
    /// <param name="first">Of those that Reassemble has seen.</param>
    /// <param name="end">Behind the last of them.</param>
    /// <param name="count">Packets of the burst.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Datagrams(Worker worker, int first, int end, int count)
    {
        Handover handover = worker.Handover!;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Datagram == 0 || !MayLeave(worker, packet))
            {
                continue;
            }

            HandedOver* note = i < handover.Taken && handover.NoteOf(i)->IsDatagram ? handover.NoteOf(i) : null;
            if (note == null)
            {
                Fresh(worker, packet);
            }
            else if (note->IsTouring && !Keep(worker, packet))
            {
                handover.GoOnWithTour(packet, *note);
            }
        }

        return count - handover.Flush(count);
    }

    static void Fresh(Worker worker, Packet* packet)
    {
        QuotedPacket quoted;
        Packet* sought = Sought(worker, packet, &quoted);
        if (sought == null || Knows(worker, sought))
        {
            return;
        }

        int owner = SteeringIndex.OwnerOf(worker.Handover!.Index, SteeringKey.Of(worker.Hash, sought));
        if (owner == SteeringIndex.Nobody)
        {
            worker.Handover.TryBeginTour(packet, HandedOverKind.TouringDatagram);
            return;
        }

        HandTo(worker, packet, owner, HandedOverKind.Datagram);
    }

    /// <summary>Whether it is this worker's. A connection that datagrams find by a tour gets a name, so that the next finds it at once.</summary>
    static bool Keep(Worker worker, Packet* packet)
    {
        QuotedPacket quoted;
        Packet* sought = Sought(worker, packet, &quoted);
        if (sought == null)
        {
            return true;
        }

        return packet->Family == PacketFamily.Ipv4
            ? Keep(worker.Connections4, sought, sought == packet)
            : Keep(worker.Connections6, sought, sought == packet);
    }

    static bool Keep<TRecord>(ConnectionTable<TRecord> table, Packet* sought, bool name)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint record = table.Peek(sought);
        if (record != 0 & name)
        {
            table.Name(record);
        }

        return record != 0;
    }

    /// <summary>What the tables know it by: itself, or what would answer the packet that an error quotes. Null when that names nothing.</summary>
    static Packet* Sought(Worker worker, Packet* packet, QuotedPacket* quoted) =>
        (packet->Marks & PacketMarks.IcmpError) == 0 ? packet
        : QuotedPacket.TryRead(packet, worker.Hash, quoted) ? &quoted->Answer : null;
}
