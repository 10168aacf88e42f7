using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Headers, lengths and checksums of every packet; its tuple and its hash, and the fetch of the memory that the hash leads to: its line of the
/// flow cache where it may be fasttracked, else its index bucket. Asked for here, it has the rest of the burst's parsing to arrive.
/// </summary>
static unsafe class Parse
{
    /// <summary>Returns the marks of all packets together that are no plain ones.</summary>
    public static PacketMarks Burst(Worker worker, int first, int end)
    {
        ChecksumPolicy policy = worker.Tracking->IgnoreChecksums != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        FlowHash* hash = worker.Hash;
        ConnectionTable<Connection4> table4 = worker.Connections4;
        ConnectionTable<Connection6> table6 = worker.Connections6;
        RouteImage* routes = worker.Routes;
        TrackedFamilies fastTracked = first < Worker.MaxBurst ? FastTrack.Families(worker) : TrackedFamilies.None;
        bool looks = Track.Looks(worker);
        bool bridges = (routes->Switches & RouterSwitches.HasBridge) != 0;
        PacketMarks seen = PacketMarks.None;
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (packet->Reason != DropReason.None || !PacketParser.TryPlain(packet, policy, hash))
            {
                seen |= Other(worker, packet, policy);
            }
            else if (bridges)
            {
                Bridge(worker, routes, packet);
            }

            if (!looks || FastTrack.Ask(worker, fastTracked, packet))
            {
                continue;
            }

            // Whatever the packet is: Track reads the bucket of each, if of any.
            void* bucket = packet->Family == PacketFamily.Ipv6 ? table6.BucketOf(packet->Hash) : table4.BucketOf(packet->Hash);
            packet->Bucket = bucket;
            Prefetch.Line(bucket);
        }

        return seen;
    }

    /// <summary>What is no plain packet, or was never whole.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static PacketMarks Other(Worker worker, Packet* packet, ChecksumPolicy policy)
    {
        if (packet->Reason == DropReason.None)
        {
            packet->Reason = PacketParser.ParseAny(packet, policy, worker.Hash);
            if (packet->FrameLength >= EthernetHeader.ByteSize && (worker.Routes->Switches & RouterSwitches.HasBridge) != 0)
            {
                Bridge(worker, worker.Routes, packet);
            }

            if (packet->LinkLength > EthernetHeader.ByteSize)
            {
                Vlans.Enter(worker.Routes, packet);
            }
        }

        return packet->Marks;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Bridge(Worker worker, RouteImage* routes, Packet* packet)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, packet->InInterface);
        if (port->Bridge != Packet.NoInterface && !Bridging.TryEnter(worker, packet, port))
        {
            Bridging.Enter(worker, packet, port);
        }
    }
}
