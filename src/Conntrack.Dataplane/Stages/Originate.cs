using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// What the packets so far made the router say goes its own way: output chains, tracking, routes, neighbours. It comes right behind what
/// caused it and before the rest of the burst, as it would if packets came one by one.
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
        Raw.Burst(worker, Begin, end);
        Track.Lookup(worker, Begin, end);
        for (int first = Begin, next; first < end; first = next)
        {
            next = Track.Judge(worker, first, end);
            Route.Burst(worker, first, next);
            Filter.Burst(worker, first, next);
            Confirm.Burst(worker, first, next);
            Neighbour.Burst(worker, first, next);
            Transmit.Burst(worker, first, next);
        }

        return end - Begin;
    }

    static int Take(Worker worker)
    {
        OwnPackets* own = worker.Own;
        int count = own->Count;
        own->Count = 0;
        for (int i = 0; i < count; i++)
        {
            OwnPacket* said = OwnPackets.At(own, i);
            Packet* packet = worker.Packets + Worker.MaxBurst + i;
            Receive.Take(packet, said->Mbuf, worker.Routes->HostInterface, said->Number);
            packet->Time = said->Time;
            packet->OutInterface = said->OutInterface;
        }

        return count;
    }
}
