using System.Runtime.CompilerServices;

namespace Conntrack.Packets.Rewriting;

/// <summary>The transport's part of a <see cref="FlowRewrite4"/> or <see cref="FlowRewrite6"/>: TCP or UDP, which is no branch.</summary>
static unsafe class FlowTransport
{
    const int UdpChecksum = 6;

    /// <summary>How much further back TCP has its checksum.</summary>
    const int TcpFurther = 10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(Packet* packet, uint ports, ushort delta)
    {
        byte* transport = packet->Transport;
        bool udp = packet->Protocol == IpProtocol.Udp;
        int isTcp = udp ? 0 : 1;
        ushort* field = (ushort*)(transport + UdpChecksum + (isTcp * TcpFurther));
        ushort before = *field;
        ushort after = ChecksumUpdate.Apply(before, delta);
        ushort ofUdp = before == 0 ? (ushort)0 : Checksum.ForUdp(after);
        *field = udp ? ofUdp : after;
        *(uint*)transport = ports;
        if (TransportRewrite.IsNotFilledIn(packet))
        {
            TransportRewrite.FillIn(packet);
        }
    }
}
