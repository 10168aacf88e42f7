using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Where a packet goes: over a wire to its other end, TTL and addresses untouched and whatever it carries; nowhere when it is only
/// observed; in a router to itself or on to a next hop (Route.Lookup.cs, Route.Onward.cs).
/// </summary>
static unsafe partial class Route
{
    public static void Burst(Worker worker, int first, int end)
    {
        RouteImage* routes = worker.Routes;
        bool asks = false;
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            if (packet->Reason != DropReason.None | packet->Path != 0)
            {
                continue;
            }

            InterfaceEntry* from = RouteImage.InterfaceAt(routes, packet->InInterface);
            switch (from->Role)
            {
                case PortRole.Wire:
                    packet->OutInterface = from->Peer;
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Observed:
                    packet->Verdict = Verdict.Forward;
                    break;
                case PortRole.Disabled:
                    packet->Reason = DropReason.InterfaceDisabled;
                    break;
                case PortRole.Routed when (packet->Marks & PacketMarks.Bridged) != 0:
                    packet->OutInterface = packet->InInterface;
                    packet->Verdict = Verdict.Forward;
                    break;
                default:
                    asks |= Admit(worker, routes, packet, from);
                    break;
            }
        }

        if (asks)
        {
            Answer(worker, routes);
        }
    }
}
