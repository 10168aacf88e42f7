using System.Runtime.CompilerServices;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Which connections are the router's own: a part of max-entries is kept for them, so that a full table locks nobody out who could do something
/// about it.
/// </summary>
static unsafe class OwnConnections
{
    /// <summary>
    /// Whether a packet comes from the router or goes to one of its addresses, before anybody has asked for its route. A translation may prove it
    /// wrong; <see cref="Is"/> does not err.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Begins(Worker worker, Packet* packet)
    {
        RouteImage* routes = worker.Routes;
        if (routes->AddressCount == 0 || packet->InInterface == routes->HostInterface)
        {
            return routes->AddressCount != 0;
        }

        for (uint place = 0; place < routes->AddressCount; place++)
        {
            AddressEntry* address = RouteImage.AddressAt(routes, place);
            if (address->Family == packet->Family && IsTo(packet, address->Address))
            {
                return true;
            }
        }

        return packet->Family == PacketFamily.Ipv6
            && IsTo(packet, RouteImage.InterfaceAt(routes, packet->InInterface)->LinkLocal);
    }

    /// <summary>Whether a packet comes from the router or has come to it, once that is decided.</summary>
    public static bool Is(Worker worker, Packet* packet) =>
        packet->Verdict == Verdict.Local
        || (packet->InInterface == worker.Routes->HostInterface && worker.Routes->AddressCount != 0);

    static bool IsTo(Packet* packet, byte* address) => packet->Family == PacketFamily.Ipv4
        ? *(uint*)(packet->Ip + 16) == *(uint*)address
        : *(ulong*)(packet->Ip + 24) == *(ulong*)address && *(ulong*)(packet->Ip + 32) == *(ulong*)(address + 8);
}
