using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets.Rewriting;

/// <summary>
/// What a translation does behind the IP header: ports or identifier, and the checksum, which over most transports also covers the
/// addresses. A protocol not named here has neither, as far as a router may know.
/// </summary>
static unsafe class TransportRewrite
{
    /// <summary>Offsets of the checksum in the headers.</summary>
    const int TcpChecksum = 16, UdpChecksum = 6, DccpChecksum = 6, IcmpChecksum = 2;

    /// <summary>Offsets of an ICMP query's identifier, and of the call id in GRE as PPTP uses it.</summary>
    const int IcmpIdentifier = 4, GreCall = 6;

    /// <summary>Both verdicts of a NIC at once: the data is good and the field holds only the pseudo header's sum.</summary>
    const ulong NotFilledIn = ReceiveOffload.TransportChecksumGood | ReceiveOffload.TransportChecksumBad;

    /// <summary>
    /// Rewrites a whole packet's transport header. Of a packet that is still a fragment only what lies in it can be, and nothing of a later one.
    /// </summary>
    /// <param name="packet">
    /// Parsed and sound; the addresses in its IP header are the new ones already. Its ports become <paramref name="ports"/>.
    /// </param>
    /// <param name="addresses">The change of the addresses in the pseudo header, 0 for none.</param>
    /// <param name="ports">Both ports as they shall be; for ICMP see <see cref="Tuple4"/>.</param>
    public static void Apply(Packet* packet, ushort addresses, PortPair ports)
    {
        byte* transport = packet->Transport;
        if (transport == null)
        {
            return;
        }

        uint available = uint.MaxValue;
        if ((packet->Marks & PacketMarks.Fragment) != 0)
        {
            available = (uint)(packet->Mbuf->Data + packet->Mbuf->DataLength - transport);
        }

        Header(transport, available, packet->Protocol, addresses, packet->Ports, ports);
        bool moved = packet->Ports.Ports != ports.Ports;
        packet->Ports = ports;
        if (packet->Protocol == IpProtocol.Sctp)
        {
            if (moved && (packet->Marks & PacketMarks.Fragment) == 0)
            {
                // A CRC of data that changed in front is a CRC of all of it.
                ((SctpHeader*)transport)->Checksum = Crc32c.OfSctp(packet->Mbuf, (uint)(transport - packet->Mbuf->Data), packet->TransportLength);
            }
        }
        else if (IsNotFilledIn(packet))
        {
            FillIn(packet);
        }
    }

    /// <summary>
    /// Rewrites a transport header, of which maybe only the beginning is there, and its Internet checksum. SCTP's is left alone.
    /// </summary>
    /// <param name="transport">The header.</param>
    /// <param name="available">Bytes of it that may be touched.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="addresses">The change of the addresses in the pseudo header, 0 for none.</param>
    /// <param name="before">Both ports as they stand in the header.</param>
    /// <param name="after">As they shall.</param>
    /// <returns>
    /// The change of the header's own sum, unfolded: what a checksum over it, of the error that quotes it, has to take in.
    /// </returns>
    public static ulong Header(byte* transport, uint available, byte protocol, ushort addresses, PortPair before, PortPair after)
    {
        ushort delta = ChecksumUpdate.Combine(addresses, ChecksumUpdate.Delta32(before.Ports, after.Ports));
        switch (protocol)
        {
            case IpProtocol.Tcp:
                return Ports(transport, available, before, after) + Update(transport, TcpChecksum, available, delta);
            case IpProtocol.Udp or IpProtocol.UdpLite:
                return Ports(transport, available, before, after) + UpdateUdp(transport, available, delta);
            case IpProtocol.Dccp:
                return Ports(transport, available, before, after) + Update(transport, DccpChecksum, available, delta);
            case IpProtocol.Sctp:
                return Ports(transport, available, before, after);
            case IpProtocol.Icmp:
                return Query(transport, available, 0, before.SrcPort, after.SrcPort);
            case IpProtocol.Icmpv6:
                return Query(transport, available, addresses, before.SrcPort, after.SrcPort);
            case IpProtocol.Gre:
                return Put(transport, GreCall, available, before.DstPort, after.DstPort);
            default:
                return 0;
        }
    }

    /// <summary>
    /// The NIC knows that the data came as it was sent although nobody computed the checksum: the sender is on this machine and left it to
    /// hardware the frame never met. A change of what is not there cannot be reckoned with.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNotFilledIn(Packet* packet) => (packet->Mbuf->OffloadFlags & NotFilledIn) == NotFilledIn;

    /// <summary>Computes the checksum of a whole TCP segment or UDP datagram; whoever has it next may believe it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void FillIn(Packet* packet)
    {
        bool udp = packet->Protocol == IpProtocol.Udp;
        if ((!udp && packet->Protocol != IpProtocol.Tcp) || (packet->Marks & PacketMarks.Fragment) != 0)
        {
            return;
        }

        byte* transport = packet->Transport;
        ushort* field = (ushort*)(transport + (udp ? UdpChecksum : TcpChecksum));
        if (udp && *field == 0)
        {
            return;
        }

        *field = 0;
        uint length = udp ? BinaryPrimitives.ReverseEndianness(((UdpHeader*)transport)->Length) : packet->TransportLength;
        *field = TransportChecksum.Compute(packet, transport, packet->Protocol, length);
        *field = udp ? Checksum.ForUdp(*field) : *field;
        packet->Mbuf->OffloadFlags &= ~ReceiveOffload.TransportChecksumBad;
    }

    static ulong Ports(byte* transport, uint available, PortPair before, PortPair after)
    {
        if (available < sizeof(uint))
        {
            return 0;
        }

        *(uint*)transport = after.Ports;
        return (ulong)~before.Ports + after.Ports;
    }

    static ulong Query(byte* transport, uint available, ushort addresses, ushort before, ushort after)
    {
        if (available < IcmpHeader.ByteSize)
        {
            return 0;
        }

        ushort delta = ChecksumUpdate.Combine(addresses, ChecksumUpdate.Delta16(before, after));
        return Put(transport, IcmpIdentifier, available, before, after) + Update(transport, IcmpChecksum, available, delta);
    }

    /// <summary>Zero says that there is no checksum, and stays; one that comes out as zero is sent as its other form.</summary>
    static ulong UpdateUdp(byte* transport, uint available, ushort delta)
    {
        if (available < UdpHeader.ByteSize)
        {
            return 0;
        }

        ushort* field = (ushort*)(transport + UdpChecksum);
        ushort before = *field;
        ushort after = before == 0 ? (ushort)0 : Checksum.ForUdp(ChecksumUpdate.Apply(before, delta));
        *field = after;
        return (ulong)(ushort)~before + after;
    }

    static ulong Update(byte* transport, int offset, uint available, ushort delta) => available < offset + sizeof(ushort)
        ? 0
        : Put(transport, offset, available, *(ushort*)(transport + offset), ChecksumUpdate.Apply(*(ushort*)(transport + offset), delta));

    /// <summary>A field that stays is not written: an error has no identifier where a query has one.</summary>
    static ulong Put(byte* transport, int offset, uint available, ushort before, ushort after)
    {
        if (before == after || available < offset + sizeof(ushort))
        {
            return 0;
        }

        *(ushort*)(transport + offset) = after;
        return (ulong)(ushort)~before + after;
    }
}
