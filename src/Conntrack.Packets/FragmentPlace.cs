using System.Buffers.Binary;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets;

/// <summary>Where a fragment's data belongs in its datagram, and where it lies in its own packet. Lengths and offsets are bytes.</summary>
public struct FragmentPlace
{
    /// <summary>Of the data in the fragmentable part of the datagram, a multiple of eight.</summary>
    public uint Offset;

    /// <summary>Of the data; a multiple of eight, or its sender erred, when <see cref="More"/>.</summary>
    public uint Length;

    /// <summary>From the first byte of the IP header to the data, an IPv6 fragment header included.</summary>
    public uint HeaderLength;

    /// <summary>Identification as loaded: 16 bits of IPv4, 32 of IPv6.</summary>
    public uint Id;

    /// <summary>IPv6: where the byte stands that names the fragment header, from the IPv6 header on.</summary>
    public uint NextHeaderAt;

    /// <summary>Set in all but the last fragment.</summary>
    public bool More;

    /// <summary>Of a packet that Parse has found sound and marked a <see cref="PacketMarks.Fragment"/>.</summary>
    public static unsafe FragmentPlace Of(Packet* packet)
    {
        if (packet->Family == PacketFamily.Ipv4)
        {
            var ip = (Ipv4Header*)packet->Ip;
            uint headerLength = (ip->VersionAndLength & 0xfu) * 4;
            return new FragmentPlace
            {
                Offset = (BinaryPrimitives.ReverseEndianness(ip->Fragment) & 0x1fffu) * 8,
                Length = packet->IpLength - headerLength,
                HeaderLength = headerLength,
                Id = ip->Identification,
                More = (ip->Fragment & Ipv4Header.MoreFragments) != 0,
            };
        }

        uint at = Ipv6Extensions.FindFragment(packet->Ip, out uint named);
        var header = (FragmentHeader*)(packet->Ip + at);
        ushort offsetAndMore = BinaryPrimitives.ReverseEndianness(header->OffsetAndMore);
        return new FragmentPlace
        {
            Offset = offsetAndMore & ~7u,
            Length = packet->IpLength - at - FragmentHeader.ByteSize,
            HeaderLength = at + FragmentHeader.ByteSize,
            Id = header->Identification,
            NextHeaderAt = named,
            More = (offsetAndMore & 1) != 0,
        };
    }
}
