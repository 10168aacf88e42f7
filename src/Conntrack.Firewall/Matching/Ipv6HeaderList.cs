using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Firewall.Matching;

/// <summary>Which extension headers an IPv6 packet has (RFC 8200 4): <c>headers</c>.</summary>
static unsafe class Ipv6HeaderList
{
    public static bool Has(Packet* packet, Ipv6ExtensionHeaders asked, bool contains)
    {
        Ipv6ExtensionHeaders there = Of(packet);
        return contains ? (there & asked) == asked : there == asked;
    }

    static Ipv6ExtensionHeaders Of(Packet* packet)
    {
        uint length = Conditions.Reachable(packet);
        Ipv6ExtensionHeaders there = Ipv6ExtensionHeaders.None;
        byte next = packet->Ip[Ipv6Header.NextHeaderOffset];
        for (uint at = Ipv6Header.ByteSize; ;)
        {
            Ipv6ExtensionHeaders one = next switch
            {
                IpProtocol.HopByHop => Ipv6ExtensionHeaders.HopByHop,
                IpProtocol.DestinationOptions => Ipv6ExtensionHeaders.Destination,
                IpProtocol.Routing => Ipv6ExtensionHeaders.Routing,
                IpProtocol.Fragment => Ipv6ExtensionHeaders.Fragment,
                IpProtocol.Authentication => Ipv6ExtensionHeaders.Authentication,
                IpProtocol.EncapsulatingSecurity => Ipv6ExtensionHeaders.Esp,
                IpProtocol.NoNextHeader => Ipv6ExtensionHeaders.Nothing,
                _ => Ipv6ExtensionHeaders.Protocol,
            };
            there |= one;
            if (one is Ipv6ExtensionHeaders.Esp or Ipv6ExtensionHeaders.Nothing or Ipv6ExtensionHeaders.Protocol || at + 8 > length)
            {
                return there;
            }

            byte* header = packet->Ip + at;
            at += next == IpProtocol.Fragment ? 8 : next == IpProtocol.Authentication ? (header[1] + 2u) * 4 : (header[1] + 1u) * 8;
            next = header[0];
        }
    }

}
