using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets.Rewriting;

/// <summary>As <see cref="Rewrite4"/>, for IPv6: the IP header has no checksum, ICMPv6 has a pseudo header.</summary>
public static unsafe class Rewrite6
{
    /// <summary>Rewrites the source.</summary>
    /// <param name="packet">Parsed, sound, not a fragment that waits for others; its data may continue in further segments.</param>
    /// <param name="address">The new source, network order.</param>
    /// <param name="ports">Both ports as they shall be, the other one as it is; of ICMPv6 queries the identifier.</param>
    public static void Source(Packet* packet, Vector128<byte> address, PortPair ports)
    {
        Addresses6* addresses = &((Ipv6Header*)packet->Ip)->Addresses;
        ushort delta = ChecksumUpdate.Delta128(addresses->Src, address);
        addresses->Src = address;
        bool hidden = (packet->Marks & PacketMarks.Options) != 0 && Extensions(packet).HidesSource;
        TransportRewrite.Apply(packet, hidden ? (ushort)0 : delta, ports);
    }

    /// <summary>Rewrites the destination; parameters as of <see cref="Source"/>.</summary>
    public static void Destination(Packet* packet, Vector128<byte> address, PortPair ports)
    {
        Addresses6* addresses = &((Ipv6Header*)packet->Ip)->Addresses;
        ushort delta = ChecksumUpdate.Delta128(addresses->Dst, address);
        addresses->Dst = address;
        bool hidden = (packet->Marks & PacketMarks.Options) != 0 && Extensions(packet).HidesDestination;
        TransportRewrite.Apply(packet, hidden ? (ushort)0 : delta, ports);
    }

    /// <summary>Which of the addresses the transport's checksum was not computed over.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Ipv6Extensions.Chain Extensions(Packet* packet) => packet->Transport == null
        ? default
        : Ipv6Extensions.Walk(packet->Ip, (uint)(packet->Transport - packet->Ip), ((Ipv6Header*)packet->Ip)->NextHeader);
}
