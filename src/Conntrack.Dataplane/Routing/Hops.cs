using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>Time to live of IPv4, hop limit of IPv6.</summary>
static unsafe class Hops
{
    /// <summary>Where the headers of the families keep it.</summary>
    public const int OffsetIpv4 = 8, OffsetIpv6 = 7;

    /// <summary>Where a packet keeps it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(Packet* packet) =>
        packet->Family == PacketFamily.Ipv4 ? &((Ipv4Header*)packet->Ip)->TimeToLive : &((Ipv6Header*)packet->Ip)->HopLimit;

    /// <summary>One hop less, and of IPv4 the header checksum with it (RFC 1624, equation 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(Packet* packet) => Take(packet->Ip, packet->Family == PacketFamily.Ipv4 ? OffsetIpv4 : OffsetIpv6);

    /// <summary>The same where it is known where the family keeps it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(byte* ip, int offset)
    {
        ip[offset]--;
        if (offset == OffsetIpv4)
        {
            // The time to live is the upper byte of its word: one less of it is 0x0100 more of the complement, as loaded 0x0001. 0xffff, which
            // no header's sum comes to, becomes the other zero.
            var header = (Ipv4Header*)ip;
            uint sum = (uint)header->Checksum + 0x0001;
            header->Checksum = (ushort)(sum + ((sum + 1) >> 16));
        }
    }
}
