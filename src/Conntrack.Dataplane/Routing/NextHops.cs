using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Routing;

/// <summary>Next hops of packets, and what connections remember of them.</summary>
static unsafe class NextHops
{
    /// <summary>The address that is asked for on the link: the gateway's, or where there is none the destination itself.</summary>
    /// <param name="routes">The image.</param>
    /// <param name="packet">Routed.</param>
    /// <param name="address">16 bytes: network order, IPv4 in the first four, the rest zero.</param>
    public static void AddressOf(RouteImage* routes, Packet* packet, byte* address)
    {
        NextHop* hop = packet->NextHop == Packet.OnLink ? null : RouteImage.NextHopAt(routes, packet->NextHop);
        if (hop != null && hop->Kind == NextHopKind.Gateway)
        {
            *(ulong*)address = *(ulong*)hop->Gateway;
            *(ulong*)(address + 8) = *(ulong*)(hop->Gateway + 8);
        }
        else if (packet->Family == PacketFamily.Ipv4)
        {
            *(ulong*)address = ((Ipv4Header*)packet->Ip)->Destination;
            *(ulong*)(address + 8) = 0;
        }
        else
        {
            byte* destination = packet->Ip + 24;
            *(ulong*)address = *(ulong*)destination;
            *(ulong*)(address + 8) = *(ulong*)(destination + 8);
        }
    }

    /// <summary>
    /// The neighbour that the packet's connection remembers for its direction; 0 when it remembers none, or what it remembers is of another
    /// edition of the routes, which it forgets.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Remembered(Worker worker, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        if (connection == null | (packet->Marks & PacketMarks.IcmpError) != 0)
        {
            return 0;
        }

        if (connection->Edition != worker.Edition)
        {
            Renew(worker, connection);
            return 0;
        }

        return connection->NextHop[packet->Direction];
    }

    /// <summary>Lets a connection forget what it remembers of other rules and routes than today's.</summary>
    public static void Renew(Worker worker, Connection* connection)
    {
        connection->Edition = worker.Edition;
        *(uint*)connection->NextHop = 0;
        *(uint*)connection->Path = 0;
    }

    /// <summary>
    /// Lets the packet's connection remember its neighbour. Only what the main table says: which table a packet goes by is the matter of the
    /// interface it comes in on.
    /// </summary>
    public static void Remember(Worker worker, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        bool main = packet->RoutingMark == 0 && RouteImage.InterfaceAt(worker.Routes, packet->InInterface)->Table == 0;
        if (connection != null && main && (packet->Marks & PacketMarks.IcmpError) == 0 && connection->Edition == worker.Edition)
        {
            connection->NextHop[packet->Direction] = packet->Neighbour;
        }
    }
}
