using Conntrack.Packets;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// What kind of address a packet's source or destination is (src-address-type, dst-address-type): the router's own, a broadcast address of a
/// network it is on, a group, or some host.
/// </summary>
static unsafe class AddressKind
{
    const byte Loopback4 = 127, Group6 = 0xff;

    public static AddressTypes Of(RuleMemory* memory, Packet* packet, bool isSource)
    {
        byte* address = isSource ? ListMembership.Source(packet) : ListMembership.Destination(packet);
        return packet->Family == PacketFamily.Ipv6 ? Of6(memory, address) : Of4(memory, *(uint*)address);
    }

    static AddressTypes Of4(RuleMemory* memory, uint address)
    {
        byte first = (byte)address;
        if (first == Loopback4)
        {
            return AddressTypes.Local;
        }

        // 0.0.0.0/8 speaks of "this network" (RFC 1122 3.2.1.3); the kernel, too, calls it broadcast.
        if (address == uint.MaxValue | first == 0)
        {
            return AddressTypes.Broadcast;
        }

        if ((first & 0xf0) == 0xe0)
        {
            return AddressTypes.Multicast;
        }

        for (uint i = 0; i < memory->AddressCount; i++)
        {
            OwnAddress* own = memory->Addresses + i;
            if (own->Family == PacketFamily.Ipv4)
            {
                if (*(uint*)own->Address == address)
                {
                    return AddressTypes.Local;
                }

                if (own->Broadcast == address)
                {
                    return AddressTypes.Broadcast;
                }
            }
        }

        return AddressTypes.Unicast;
    }

    static AddressTypes Of6(RuleMemory* memory, byte* address)
    {
        if (address[0] == Group6)
        {
            return AddressTypes.Multicast;
        }

        ulong high = *(ulong*)address, low = *(ulong*)(address + 8);
        if (high == 0 & low == 1ul << 56)
        {
            return AddressTypes.Local;
        }

        for (uint i = 0; i < memory->AddressCount; i++)
        {
            OwnAddress* own = memory->Addresses + i;
            if (own->Family == PacketFamily.Ipv6 && *(ulong*)own->Address == high && *(ulong*)(own->Address + 8) == low)
            {
                return AddressTypes.Local;
            }
        }

        return AddressTypes.Unicast;
    }
}
