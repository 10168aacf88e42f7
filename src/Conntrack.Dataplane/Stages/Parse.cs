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
    /// <summary>Returns the marks of all packets together.</summary>
    public static PacketMarks Burst(Worker worker, int first, int end)
    {
        ChecksumPolicy policy = worker.Tracking->IgnoreChecksums != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        FlowHash* hash = worker.Hash;
        ConnectionTable<Connection4> table4 = worker.Connections4;
        ConnectionTable<Connection6> table6 = worker.Connections6;
        bool fastTrack = first < Worker.MaxBurst && FastTrack.IsActive(worker);
        bool bridges = (worker.Routes->Switches & RouterSwitches.HasBridge) != 0;
        PacketMarks seen = PacketMarks.None;
        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            if (packet->Reason == DropReason.None)
            {
                packet->Reason = PacketParser.Parse(packet, policy, hash);
                if (bridges)
                {
                    InterfaceEntry* port = RouteImage.InterfaceAt(worker.Routes, packet->InInterface);
                    if (port->Bridge != Packet.NoInterface)
                    {
                        Bridging.Enter(worker, packet, port);
                    }
                }

                if (packet->LinkLength > EthernetHeader.ByteSize)
                {
                    Vlans.Enter(worker.Routes, packet);
                }
            }

            seen |= packet->Marks;
            if (fastTrack && FastTrack.Ask(worker, packet))
            {
                continue;
            }

            // Whatever the packet is: Track reads the bucket of each.
            packet->Bucket = packet->Family == PacketFamily.Ipv6 ? table6.BucketOf(packet->Hash) : table4.BucketOf(packet->Hash);
            Prefetch.Line(packet->Bucket);
        }

        return seen;
    }
}
