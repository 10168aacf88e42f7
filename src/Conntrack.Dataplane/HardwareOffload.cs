using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane;

/// <summary>
/// The worker's end of <c>hw-offload=yes</c>. It never asks hardware for anything: of a connection that has proved long it offers the direction
/// whose packet has just passed the rules, about once a second as FastTrack samples them, and takes in what the control side says became of it.
/// </summary>
static unsafe class HardwareOffload
{
    /// <summary>Notices taken in after a burst: a record each, perhaps a cold one.</summary>
    const int PerBurst = 8;

    /// <summary>Offers the direction of a packet that has entered the flow cache, or renewed its line there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Offer<TRecord>(
        Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection, FlowExits exits, ushort timeoutSlot)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint least = Volatile.Read(ref worker.Offloads->PacketsBeforeOffer);
        ushort exit = exits.Interface(packet->Direction);
        if (least == 0 || (ulong)connection->Packets[0] + connection->Packets[1] < least
            || (connection->Flags & ConnectionFlags.Assured) == 0 || exit == Packet.NoInterface || !IsPlain(packet))
        {
            return;
        }

        OffloadOffer* offer = OffloadExchange.BeginOffer(worker.Offloads);
        if (offer == null)
        {
            return;
        }

        offer->Kind = OfferKind.Offer;
        offer->IsIpv6 = packet->Family == PacketFamily.Ipv6 ? (byte)1 : (byte)0;
        offer->Generation = connection->Generation;
        offer->Record = packet->Record;
        offer->Edition = worker.Edition;
        offer->Direction = packet->Direction;
        offer->Protocol = packet->Protocol;
        offer->Neighbour = exits.Neighbour(packet->Direction);

        // The slow path has taken a hop already of what is routed.
        offer->Hops = (byte)(*Hops.At(packet) + (offer->Neighbour != 0 ? 1 : 0));
        offer->InPort = packet->InPort;
        offer->InInterface = packet->InInterface;
        offer->OutInterface = exit;
        offer->TimeoutSlot = timeoutSlot;
        offer->LinkBytes = packet->LinkLength;
        OffloadOffer.SetTuples(offer, table.At(packet->Record), packet->Direction);
        OffloadExchange.PublishOffer(worker.Offloads);
    }

    /// <summary>Takes in a few notices, between two bursts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Heed(Worker worker, ulong now)
    {
        if (OffloadExchange.NextNotice(worker.Offloads) != null)
        {
            HeedSome(worker, now);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void HeedSome(Worker worker, ulong now)
    {
        for (int n = 0; n < PerBurst; n++)
        {
            OffloadNotice* notice = OffloadExchange.NextNotice(worker.Offloads);
            if (notice == null)
            {
                return;
            }

            if (notice->IsIpv6 == 0)
            {
                worker.Connections4.Heed(notice, now, worker.Tracking);
            }
            else
            {
                worker.Connections6.Heed(notice, now, worker.Tracking);
            }

            OffloadExchange.ReleaseNotice(worker.Offloads);
        }
    }

    /// <summary>
    /// Whether the packets behind this one will look like it in what hardware is told of them: it came whole, not from another worker with
    /// what that had done to it, and no rule has changed its time to live.
    /// </summary>
    static bool IsPlain(Packet* packet) =>
        (packet->Marks & ~(PacketMarks.FastTrack | PacketMarks.Own)) == PacketMarks.None & packet->Datagram == 0 & packet->Mbuf != null;
}
