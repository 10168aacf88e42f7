using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// What the packets so far made the router say goes its own way: output chains, tracking, routes, neighbours. It comes right behind what
/// caused it and before the rest of the burst, as it would if packets came one by one. So does what a bridge hands up to the router.
/// </summary>
static unsafe class Originate
{
    /// <summary>Returns how many packets there were.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Burst(Worker worker)
    {
        const int Begin = Worker.MaxBurst;
        int end = Begin + Take(worker);
        Parse.Burst(worker, Begin, end);
        int share = (worker.Rules->Dependence & RuleDependence.OfEverything) == 0 ? end - Begin : 1;
        for (int first = Begin, next, entered = Begin; first < end; first = next)
        {
            if (first == entered)
            {
                entered += share;
                Raw.Burst(worker, first, entered);
                Track.Lookup(worker, first, entered);
            }

            next = Track.Judge(worker, first, entered);
            Mangle.Prerouting(worker, first, next);
            DstNat.Burst(worker, first, next);
            Route.Burst(worker, first, next);
            Mangle.Forward(worker, first, next);
            Filter.Burst(worker, first, next);
            Mangle.Postrouting(worker, first, next);
            SrcNat.Burst(worker, first, next);
            Confirm.Burst(worker, first, next);
            Neighbour.Burst(worker, first, next);
            Deliver.Burst(worker, first, next);
            Transmit.Burst(worker, first, next);
        }

        return end - Begin;
    }

    static int Take(Worker worker)
    {
        OwnPacket* said = stackalloc OwnPacket[Worker.MaxBurst];
        int count = OwnPackets.Take(worker, said);
        for (int i = 0; i < count; i++, said++)
        {
            Packet* packet = worker.Packets + Worker.MaxBurst + i;
            Receive.Take(packet, said->Mbuf, said->InInterface, said->Number);
            packet->InPort = said->InPort;
            packet->Time = said->Time;
            packet->OutInterface = said->OutInterface;
        }

        return count;
    }
}
