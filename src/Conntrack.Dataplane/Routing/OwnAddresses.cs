using System.Buffers.Binary;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>Which of its addresses the router speaks from (RFC 1812 4.3.2.4, RFC 6724 5 as far as routers need it).</summary>
static unsafe class OwnAddresses
{
    /// <summary>
    /// The address to speak to a target from, over an interface: one of the target's own network, else the first of the interface, else any.
    /// </summary>
    /// <param name="routes">The image.</param>
    /// <param name="number">The interface that leads to it.</param>
    /// <param name="family">Of the target.</param>
    /// <param name="target">Network order.</param>
    /// <returns>Network order; null when the router has no address that would do.</returns>
    public static byte* SpeakingTo(RouteImage* routes, ushort number, PacketFamily family, byte* target)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, number);
        if (family == PacketFamily.Ipv6 && IsLinkLocal(target))
        {
            return (port->Flags & InterfaceFlags.Ipv6) != 0 ? port->LinkLocal : null;
        }

        byte* own = On(routes, number, family, target);
        return own != null ? own : Any(routes, port->Table, family);
    }

    /// <summary>What masquerade makes the source of a packet that is routed, host order; 0 when there is nothing.</summary>
    public static UInt128 ToMasquerade(RouteImage* routes, Packet* packet)
    {
        if (packet->OutInterface == Packet.NoInterface)
        {
            return 0;
        }

        NextHop* hop = packet->NextHop is 0 or Packet.OnLink ? null : RouteImage.NextHopAt(routes, packet->NextHop);
        if (hop != null && NextHop.HasSource(hop))
        {
            return ValueOf(hop->Source, packet->Family);
        }

        byte* gateway = stackalloc byte[16];
        NextHops.AddressOf(routes, packet, gateway);
        byte* own = On(routes, packet->OutInterface, packet->Family, gateway);
        return own == null ? 0 : ValueOf(own, packet->Family);
    }

    /// <summary>The router as redirect means it, for what came in over an interface, host order; 0 when it has no address there.</summary>
    public static UInt128 ToRedirect(RouteImage* routes, ushort number, PacketFamily family)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, number);
        UInt128 nowhere = 0;
        byte* own = On(routes, number, family, (byte*)&nowhere);
        own = own == null && family == PacketFamily.Ipv6 && (port->Flags & InterfaceFlags.Ipv6) != 0 ? port->LinkLocal : own;
        return own == null ? 0 : ValueOf(own, family);
    }

    /// <summary>127.0.0.1 or ::1, host order.</summary>
    public static UInt128 Loopback(PacketFamily family) => family == PacketFamily.Ipv4 ? 0x7f00_0001u : UInt128.One;

    /// <summary>An address of an interface that is good beyond its link: one of a target's own network, else the first; null when it has none.</summary>
    static byte* On(RouteImage* routes, ushort number, PacketFamily family, byte* target)
    {
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, number);
        byte* first = null;
        for (uint place = port->FirstAddress; place < port->FirstAddress + port->AddressCount; place++)
        {
            AddressEntry* address = RouteImage.AddressAt(routes, place);
            if (address->Family != family || (family == PacketFamily.Ipv6 && IsLinkLocal(address->Address)))
            {
                continue;
            }

            first = first == null ? address->Address : first;
            if (IsWithin(target, address->Address, address->Length))
            {
                return address->Address;
            }
        }

        return first;
    }

    static UInt128 ValueOf(byte* address, PacketFamily family) => family == PacketFamily.Ipv4
        ? BinaryPrimitives.ReverseEndianness(*(uint*)address)
        : BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(address, 16));

    /// <summary>Whether an address lies in the network of another.</summary>
    public static bool IsWithin(byte* address, byte* network, int length)
    {
        int bytes = length / 8;
        for (int i = 0; i < bytes; i++)
        {
            if (address[i] != network[i])
            {
                return false;
            }
        }

        int rest = length % 8;
        return rest == 0 || ((address[bytes] ^ network[bytes]) >> (8 - rest)) == 0;
    }

    public static bool IsLinkLocal(byte* address) => address[0] == 0xfe & (address[1] & 0xc0) == 0x80;

    static byte* Any(RouteImage* routes, ushort table, PacketFamily family)
    {
        for (uint place = 0; place < routes->AddressCount; place++)
        {
            AddressEntry* address = RouteImage.AddressAt(routes, place);
            if (address->Family == family && !(family == PacketFamily.Ipv6 && IsLinkLocal(address->Address))
                && RouteImage.InterfaceAt(routes, address->Interface)->Table == table)
            {
                return address->Address;
            }
        }

        return null;
    }
}
