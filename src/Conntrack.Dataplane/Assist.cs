using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane;

/// <summary>
/// Lets a helper read a packet of its connection on its way out, when it has every address that it leaves with. The slow path of Confirm: no other
/// connection's packet comes here.
/// </summary>
static unsafe class Assist
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Read(Worker worker, Packet* packet)
    {
        if (packet->Reason != DropReason.None || packet->Connection == null || packet->Transport == null)
        {
            return;
        }

        HelperCounterTable* counters = worker.State->Helpers;
        uint most = MostBytes(worker, packet);
        if (packet->Family == PacketFamily.Ipv4)
        {
            Assistance.Leave(worker.Connections4, packet, worker.Tracking, counters, most);
        }
        else
        {
            Assistance.Leave(worker.Connections6, packet, worker.Tracking, counters, most);
        }
    }

    /// <summary>A helper makes no packet so long that it would have to be cut.</summary>
    static uint MostBytes(Worker worker, Packet* packet)
    {
        const uint Ethernet = 1500;
        return packet->NextHop == 0 & packet->Neighbour == 0 || packet->OutInterface == Packet.NoInterface
            ? Ethernet
            : RouteImage.InterfaceAt(worker.Routes, packet->OutInterface)->Mtu;
    }
}
