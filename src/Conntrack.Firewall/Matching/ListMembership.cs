using Conntrack.Firewall.Lists;
using Conntrack.Packets;

namespace Conntrack.Firewall.Matching;

/// <summary>Whether an address of a packet is in a list: statically, which is looked up once for all lists, or for the time being.</summary>
static unsafe class ListMembership
{
    public static bool HasSource(Passage* passage, uint list)
    {
        byte* address = Source(passage->Packet);
        if (passage->SrcLists == null)
        {
            passage->SrcLists = StaticOf(passage, address);
        }

        return Has(passage, passage->SrcLists, list, address);
    }

    public static bool HasDestination(Passage* passage, uint list)
    {
        byte* address = Destination(passage->Packet);
        if (passage->DstLists == null)
        {
            passage->DstLists = StaticOf(passage, address);
        }

        return Has(passage, passage->DstLists, list, address);
    }

    /// <summary>The source as it stands in the header.</summary>
    public static byte* Source(Packet* packet) =>
        packet->Family == PacketFamily.Ipv6 ? packet->Ip + 8 : (byte*)&packet->Tuple.Src;

    /// <summary>The destination likewise.</summary>
    public static byte* Destination(Packet* packet) =>
        packet->Family == PacketFamily.Ipv6 ? packet->Ip + 24 : (byte*)&packet->Tuple.Dst;

    static bool Has(Passage* passage, ulong* lists, uint list, byte* address)
    {
        var image = (RuleImage*)passage->Image;
        uint offset = passage->IsIpv6 ? image->Lists6 : image->Lists4;
        uint words = offset == 0 ? 0 : ((StaticLists*)(passage->Image + offset))->Words;
        return (list / 64 < words && (lists[list / 64] >> (int)(list % 64) & 1) != 0)
            || ListedAddresses.Contains(passage->Memory->Listed, (ushort)list, passage->Packet->Family, address, passage->Packet->Time);
    }

    static ulong* StaticOf(Passage* passage, byte* address)
    {
        var image = (RuleImage*)passage->Image;
        uint offset = passage->IsIpv6 ? image->Lists6 : image->Lists4;
        return offset == 0 ? (ulong*)passage->Image : StaticLists.Of(passage->Image, (StaticLists*)(passage->Image + offset), address, passage->IsIpv6);
    }
}
