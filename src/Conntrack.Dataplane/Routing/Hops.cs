using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>Time to live of IPv4, hop limit of IPv6.</summary>
static unsafe class Hops
{
    /// <summary>Where a packet keeps it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(Packet* packet) =>
        packet->Family == PacketFamily.Ipv4 ? &((Ipv4Header*)packet->Ip)->TimeToLive : &((Ipv6Header*)packet->Ip)->HopLimit;

    /// <summary>One hop less, and of IPv4 the header checksum with it (RFC 1141).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(Packet* packet)
    {
        if (packet->Family == PacketFamily.Ipv6)
        {
            ((Ipv6Header*)packet->Ip)->HopLimit--;
            return;
        }

        // The time to live is the upper byte of its word: one less of it is 0x0100 more of the complement, as loaded 0x0001.
        var header = (Ipv4Header*)packet->Ip;
        header->TimeToLive--;
        uint sum = (uint)header->Checksum + 0x0001;
        header->Checksum = (ushort)(sum + (sum >> 16));
    }
}
