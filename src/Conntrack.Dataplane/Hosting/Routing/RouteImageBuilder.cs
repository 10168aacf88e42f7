using System.Net;
using System.Net.Sockets;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Hosting.Routing;

/// <summary>A routing table that is ready: forwarding tables, null where there is none, and the next hops of default routes, 0 for none.</summary>
readonly record struct BuiltTable(ForwardingTable? Ipv4, ForwardingTable? Ipv6, ushort Default4, ushort Default6);

/// <summary>Lays a router out as an image. Runs on the control side.</summary>
static unsafe class RouteImageBuilder
{
    /// <param name="spec">The router.</param>
    /// <param name="host">Number of the interface that stands for the router itself.</param>
    /// <param name="hops">Every next hop by number.</param>
    /// <param name="tables">By number.</param>
    public static ImageBlock<RouteImage> Build(
        RouterSpec spec, ushort host, NextHopNumbers hops, IReadOnlyList<BuiltTable> tables)
    {
        uint interfaces = spec.Interfaces.Max(port => port.Number) + 1u;
        List<AddressSpec> addresses = [.. spec.Addresses.OrderBy(address => address.Interface)];
        List<ushort> trunks =
            [.. spec.Interfaces.Where(vlan => vlan.Kind == InterfaceKind.Vlan).Select(vlan => vlan.Peer).Distinct().Order()];
        uint interfacesAt = Aligned(RouteImage.ByteSize);
        uint tablesAt = Aligned(interfacesAt + (interfaces * InterfaceEntry.ByteSize));
        uint hopsAt = Aligned(tablesAt + ((uint)tables.Count * TableEntry.ByteSize));
        uint addressesAt = Aligned(hopsAt + ((uint)hops.Count * NextHop.ByteSize));
        uint mapsAt = Aligned(addressesAt + ((uint)addresses.Count * AddressEntry.ByteSize));
        var block = ImageBlock<RouteImage>.Allocate(mapsAt + ((nuint)trunks.Count * RouteImage.VlanIds * sizeof(ushort)));
        RouteImage* image = block.Image;
        image->Switches = spec.Switches
            | (trunks.Count != 0 ? RouterSwitches.HasVlan : RouterSwitches.None)
            | (spec.Interfaces.Any(port => port.Kind == InterfaceKind.Bridge) ? RouterSwitches.HasBridge : RouterSwitches.None);
        image->InterfaceCount = interfaces;
        image->TableCount = (uint)tables.Count;
        image->NextHopCount = (uint)hops.Count;
        image->AddressCount = (uint)addresses.Count;
        image->Interfaces = interfacesAt;
        image->Tables = tablesAt;
        image->NextHops = hopsAt;
        image->Addresses = addressesAt;
        image->HostInterface = host;
        image->IcmpIntervalTicks = (ushort)Math.Ceiling(spec.IcmpInterval.TotalSeconds * Memory.Timestamp.TicksPerSecond);
        image->ReachableTicks = (uint)(spec.ReachableTime.TotalSeconds * Memory.Timestamp.TicksPerSecond);
        image->MostNeighbours = spec.MostNeighbours;
        foreach (InterfaceSpec port in spec.Interfaces)
        {
            Write(RouteImage.InterfaceAt(image, port.Number), port, image->Switches);
        }

        WriteVlanMaps(image, spec, trunks, mapsAt);
        WriteAddresses(image, addresses);
        for (int number = 1; number < hops.Count; number++)
        {
            if (hops.At(number) is var (hop, ways))
            {
                Write(RouteImage.NextHopAt(image, (uint)number), hop, ways);
            }
        }

        for (int table = 0; table < tables.Count; table++)
        {
            *RouteImage.TableAt(image, (uint)table) = new TableEntry
            {
                Fib4 = tables[table].Ipv4 is { } ipv4 ? ipv4.Fib : null,
                Fib6 = tables[table].Ipv6 is { } ipv6 ? ipv6.Fib : null,
                Default4 = tables[table].Default4,
                Default6 = tables[table].Default6,
            };
        }

        return block;
    }

    static void Write(InterfaceEntry* entry, InterfaceSpec port, RouterSwitches switches)
    {
        bool ordinary = port.Role == PortRole.Routed && port.Kind != InterfaceKind.Host && port.Table == 0 && port.RpFilter != RpFilter.Strict
            && switches.HasFlag(RouterSwitches.Forward4 | RouterSwitches.Forward6);
        *entry = new InterfaceEntry
        {
            Kind = port.Kind,
            Role = port.Role,
            Flags = (port.IsRunning ? InterfaceFlags.Running : InterfaceFlags.None)
                | (port.AnyMac ? InterfaceFlags.AnyMac : InterfaceFlags.None)
                | (ordinary ? InterfaceFlags.Ordinary : InterfaceFlags.None),
            Port = port.Port,
            Peer = port.Peer,
            Mtu = port.Mtu,
            VlanId = port.VlanId,
            VlanType = (ushort)IPAddress.HostToNetworkOrder((short)port.VlanType),
            Table = port.Table,
            Bridge = port.Bridge,
            RpFilter = port.RpFilter,
            Arp = port.Arp,
        };
        for (int i = 0; i < 6; i++)
        {
            entry->Mac[i] = (byte)(port.Mac >> (8 * (5 - i)));
        }
    }

    static void WriteVlanMaps(RouteImage* image, RouterSpec spec, List<ushort> trunks, uint offset)
    {
        foreach (ushort trunk in trunks)
        {
            RouteImage.InterfaceAt(image, trunk)->VlanMap = offset;
            var map = new Span<ushort>((byte*)image + offset, RouteImage.VlanIds);
            map.Fill(Packet.NoInterface);
            foreach (InterfaceSpec vlan in spec.Interfaces.Where(vlan => vlan.Kind == InterfaceKind.Vlan && vlan.Peer == trunk))
            {
                map[vlan.VlanId] = vlan.Number;
            }

            offset += RouteImage.VlanIds * sizeof(ushort);
        }
    }

    static void WriteAddresses(RouteImage* image, List<AddressSpec> addresses)
    {
        for (int place = 0; place < addresses.Count; place++)
        {
            AddressSpec address = addresses[place];
            AddressEntry* entry = RouteImage.AddressAt(image, (uint)place);
            InterfaceEntry* port = RouteImage.InterfaceAt(image, address.Interface);
            bool isIpv6 = address.Address.AddressFamily == AddressFamily.InterNetworkV6;
            entry->Interface = address.Interface;
            entry->Family = isIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4;
            entry->Length = (byte)address.Length;
            address.Address.TryWriteBytes(new Span<byte>(entry->Address, 16), out _);
            address.Broadcast?.TryWriteBytes(new Span<byte>(&entry->Broadcast, sizeof(uint)), out _);
            if (port->AddressCount++ == 0)
            {
                port->FirstAddress = (uint)place;
            }

            if (!isIpv6 && port->Address4 == 0)
            {
                port->Address4 = *(uint*)entry->Address;
            }
            else if (address.Address.IsIPv6LinkLocal)
            {
                new Span<byte>(entry->Address, 16).CopyTo(new Span<byte>(port->LinkLocal, 16));
                port->Flags |= InterfaceFlags.Ipv6;
            }
        }
    }

    static void Write(NextHop* entry, NextHopSpec hop, ushort[] ways)
    {
        *entry = new NextHop { Kind = hop.Kind, Interface = hop.Interface, Table = hop.Table, WayCount = (ushort)ways.Length };
        hop.Gateway?.TryWriteBytes(new Span<byte>(entry->Gateway, 16), out _);
        hop.Source?.TryWriteBytes(new Span<byte>(entry->Source, 16), out _);
        for (int i = 0; i < ways.Length; i++)
        {
            entry->Ways[i] = ways[i];
        }
    }

    static uint Aligned(uint offset) => (offset + 63) & ~63u;
}
