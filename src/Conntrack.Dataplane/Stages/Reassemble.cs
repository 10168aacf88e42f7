using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Steering;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Fragments of what is to be tracked wait here until their datagram is whole; it goes on in the place of the one that completed it, and
/// is cut again at Transmit. A burst without a fragment skips the stage, and what is not tracked passes as it came.
/// </summary>
static unsafe class Reassemble
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Burst(Worker worker, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Path == Packet.AdoptedPath)
            {
                Adopt(worker, packet, worker.Handover!.NoteOf(i));
                continue;
            }

            bool waits = (packet->Marks & (PacketMarks.Fragment | PacketMarks.NoTrack)) == PacketMarks.Fragment
                && packet->Reason == DropReason.None
                && worker.Tracking->Tracks(packet->Family)
                && RouteImage.InterfaceAt(worker.Routes, packet->InInterface)->Role != PortRole.Disabled;
            if (waits)
            {
                Take(worker, packet);
            }
        }
    }

    static void Take(Worker worker, Packet* packet)
    {
        switch (worker.Fragments.Add(packet))
        {
            case FragmentOutcome.Held:
                packet->Mbuf = null;
                packet->Path = Packet.HeldPath;
                break;
            case FragmentOutcome.Complete:
                Whole(worker, packet);
                break;
        }
    }

    /// <summary>Another worker has handed it over, whole and in pieces.</summary>
    static void Adopt(Worker worker, Packet* packet, HandedOver* note)
    {
        packet->Path = 0;
        if (worker.Fragments.Adopt(packet, *note))
        {
            Whole(worker, packet);
        }
        else
        {
            worker.Handover!.DropRest(packet, *note);
        }
    }

    /// <summary>The same way that a packet takes which came in one piece: its ports, its checksum, its place in the index.</summary>
    static void Whole(Worker worker, Packet* packet)
    {
        ChecksumPolicy policy = worker.Tracking->IgnoreChecksums != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        PacketMarks bridged = packet->Marks & PacketMarks.Bridged;
        packet->Reason = PacketParser.Parse(packet, policy, worker.Hash);
        packet->Marks |= bridged;
        packet->Bucket = packet->Family == PacketFamily.Ipv6
            ? worker.Connections6.BucketOf(packet->Hash)
            : worker.Connections4.BucketOf(packet->Hash);
        Prefetch.Line(packet->Bucket);
    }
}
