using System.Runtime.CompilerServices;

namespace Conntrack.Packets.Rewriting;

/// <summary>The transport's part of a <see cref="FlowRewrite4"/> or <see cref="FlowRewrite6"/>: TCP or UDP, which is no branch.</summary>
static unsafe class FlowTransport
{
    const int UdpChecksum = 6;

    /// <summary>How much further back TCP has its checksum.</summary>
    const int TcpFurther = 10;

    /// <summary>Of the two protocols' numbers UDP's is the odd one.</summary>
    const uint OddUdp = IpProtocol.Udp & ~IpProtocol.Tcp & 1;

    /// <summary>Whether a packet is a whole segment or datagram of either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOf(Packet* packet) => packet->Protocol is IpProtocol.Tcp or IpProtocol.Udp
        && (packet->Marks & (PacketMarks.Fragment | PacketMarks.LaterFragment)) == 0
        && packet->Transport != null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(Packet* packet, uint ports, ushort delta)
    {
        byte* transport = packet->Transport;
        uint isUdp = packet->Protocol & OddUdp;
        ushort* field = (ushort*)(transport + UdpChecksum + TcpFurther - (isUdp * TcpFurther));
        ushort before = *field;
        *(uint*)transport = ports;

        // Both are seldom: a UDP datagram without a checksum, and one whose checksum comes out as none.
        if (before != 0 || isUdp == 0)
        {
            ushort after = ChecksumUpdate.Apply(before, delta);
            *field = after;
            if (after == 0 && isUdp != 0)
            {
                *field = ushort.MaxValue;
            }
        }

        if (TransportRewrite.IsNotFilledIn(packet))
        {
            TransportRewrite.FillIn(packet);
        }
    }
}
