using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// What has come to the router itself and past its input chain: echo requests are answered here, everything else goes to the host's own
/// programs through the port that stands for them. Without one it has arrived and that is all. Behind Neighbour, which hears who has sent it:
/// an answer takes the request's buffer along.
/// </summary>
static unsafe class Deliver
{
    public static void Burst(Worker worker, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Verdict == Verdict.Local & packet->Reason == DropReason.None & packet->Path == 0)
            {
                Take(worker, packet);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Take(Worker worker, Packet* packet)
    {
        if (Echo.IsRequest(packet))
        {
            // One for everybody is nobody's to answer (RFC 1122 3.2.2.6); who counts hosts that way would count them for others too.
            if (RouteImage.NextHopAt(worker.Routes, packet->NextHop)->Kind != NextHopKind.LocalGroup)
            {
                Echo.Answer(worker, packet);
            }

            return;
        }

        InterfaceEntry* host = RouteImage.InterfaceAt(worker.Routes, worker.Routes->HostInterface);
        if (host->Port == Packet.NoInterface || (packet->Marks & PacketMarks.NeighbourDiscovery) != 0)
        {
            return;
        }

        if ((packet->Marks & PacketMarks.Flooded) != 0)
        {
            // The other ports get the frame as it came.
            Transmit.FloodCopies(worker, packet);
            packet->Marks &= ~PacketMarks.Flooded;
        }

        packet->OutPort = host->Port;
        if (packet->Datagram == 0)
        {
            LinkHeader.Write(worker.Routes, host, packet->Mbuf, packet->Ip, LinkHeader.OwnMac(host), LinkHeader.TypeOf(packet->Family));
        }
    }
}
