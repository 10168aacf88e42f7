using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Steering;
using Conntrack.Packets;
using Conntrack.Packets.Parsing;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// What has reached another worker than its connection's is handed to that one: answers to translated connections, which the device spreads by
/// addresses that the original direction does not have; fragments, which have no ports; ICMP errors, which have somebody else's addresses. What
/// is handed over leaves the burst before a rule has counted it, and begins at its owner's next burst. With one worker nothing of this exists.
/// </summary>
/// <remarks>
/// Fragments meet at the worker their addresses name, and the whole looks for its owner behind Reassemble (Steer.Datagrams.cs). Everything
/// else is asked for in the worker's own table and then in the index of all. Errors and whole datagrams that neither knows make a tour, for
/// connections that need no name are in no index. Nothing is steered twice but on its tour. docs/decisions/0009-steering.md.
/// </remarks>
static unsafe partial class Steer
{
    const PacketMarks Strays = PacketMarks.Fragment | PacketMarks.IcmpError;
    const PacketMarks Untrackable = PacketMarks.TransportMalformed | PacketMarks.TransportChecksumBad | PacketMarks.NeighbourDiscovery;

    /// <summary>Returns how many packets are left in the burst.</summary>
    /// <param name="worker">One of several.</param>
    /// <param name="seen">Marks of all packets together.</param>
    /// <param name="count">Packets of the burst.</param>
    public static int Burst(Worker worker, PacketMarks seen, int count)
    {
        Handover handover = worker.Handover!;
        bool asks = handover.OthersHold;
        if ((seen & Strays) == 0 & !asks & handover.Taken == 0)
        {
            return count;
        }

        ulong* keys = stackalloc ulong[Worker.MaxBurst];
        if (asks)
        {
            Ask(worker, count, keys);
        }

        for (int i = 0; i < count; i++)
        {
            Packet* packet = worker.Packets + i;
            if (i < handover.Taken)
            {
                Taken(worker, packet, handover.NoteOf(i));
            }
            else if (MayLeave(worker, packet))
            {
                if ((packet->Marks & PacketMarks.Fragment) != 0)
                {
                    Fragment(worker, packet);
                }
                else if ((packet->Marks & PacketMarks.IcmpError) != 0)
                {
                    Error(worker, packet, asks);
                }
                else if (asks && keys[i] != 0)
                {
                    HandTo(worker, packet, SteeringIndex.OwnerOf(handover.Index, keys[i]), HandedOverKind.Frame);
                }
            }
        }

        return handover.Flush(count);
    }

    /// <summary>Two passes like Track's: records that may be the packet's own, then the lines of the index for those that have none.</summary>
    static void Ask(Worker worker, int count, ulong* keys)
    {
        Track.Lookup(worker, 0, count);
        for (int i = 0; i < count; i++)
        {
            Packet* packet = worker.Packets + i;
            keys[i] = 0;
            if (i >= worker.Handover!.Taken && MayLeave(worker, packet) && (packet->Marks & Strays) == 0 && !Knows(worker, packet))
            {
                keys[i] = SteeringKey.Of(worker.Hash, packet);
                SteeringIndex.PrefetchKey(worker.Handover.Index, keys[i]);
            }
        }
    }

    /// <summary>What others have handed over stays, unless it is on a tour.</summary>
    static void Taken(Worker worker, Packet* packet, HandedOver* note)
    {
        if (note->IsDatagram)
        {
            if (packet->Reason != DropReason.None)
            {
                worker.Handover!.DropRest(packet, *note);
                return;
            }

            // It has passed Raw in pieces where it came in, and is put together in Reassemble.
            packet->Path = Packet.AdoptedPath;
        }
        else if (note->Kind == HandedOverKind.TouringError && packet->Reason == DropReason.None)
        {
            QuotedPacket quoted;
            if (QuotedPacket.TryRead(packet, worker.Hash, &quoted) && !Knows(worker, &quoted.Answer))
            {
                worker.Handover!.GoOnWithTour(packet, *note);
            }
        }
    }

    static void Fragment(Worker worker, Packet* packet)
    {
        uint owner = SteeringKey.WorkerOfAddresses(worker.Hash, packet, worker.Handover!.Workers);
        HandTo(worker, packet, (int)owner, HandedOverKind.Frame);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Error(Worker worker, Packet* packet, bool asks)
    {
        QuotedPacket quoted;
        if (!QuotedPacket.TryRead(packet, worker.Hash, &quoted) || Knows(worker, &quoted.Answer))
        {
            return;
        }

        int owner = asks ? SteeringIndex.OwnerOf(worker.Handover!.Index, SteeringKey.Of(worker.Hash, &quoted.Answer)) : SteeringIndex.Nobody;
        if (owner == SteeringIndex.Nobody)
        {
            worker.Handover!.TryBeginTour(packet, HandedOverKind.TouringError);
            return;
        }

        HandTo(worker, packet, owner, HandedOverKind.Frame);
    }

    static void HandTo(Worker worker, Packet* packet, int owner, HandedOverKind kind)
    {
        if (owner != SteeringIndex.Nobody & owner != worker.Index)
        {
            worker.Handover!.Hand(packet, (uint)owner, kind);
        }
    }

    /// <summary>
    /// What is tracked. What a bridge floods stays where it came in: the other ports have had their copies, and another worker would make them
    /// once more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool MayLeave(Worker worker, Packet* packet) =>
        packet->Reason == DropReason.None & packet->Path == 0 & packet->Family != PacketFamily.NotIp & (packet->Marks & Untrackable) == 0
        && worker.Tracking->Tracks(packet->Family)
        && !IsFlooded(worker, packet);

    static bool IsFlooded(Worker worker, Packet* packet) =>
        (worker.Routes->Switches & RouterSwitches.HasBridge) != 0
        && (packet->Mbuf->Data[0] & 1) != 0
        && RouteImage.InterfaceAt(worker.Routes, packet->InPort)->Bridge != Packet.NoInterface;

    /// <summary>Whether the worker's own table has the connection of a packet, or of what would answer a quoted one.</summary>
    static bool Knows(Worker worker, Packet* packet) => packet->Family == PacketFamily.Ipv4
        ? worker.Connections4.Peek(packet) != 0
        : worker.Connections6.Peek(packet) != 0;
}
