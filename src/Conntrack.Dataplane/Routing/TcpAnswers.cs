using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// TCP segments in the name of the host that a packet was for: the reset of one that does not listen (RFC 9293 3.10.7.1), and what keeps a
/// sender waiting. Never to a reset, to what is damaged or a fragment, or to somebody who is not one host.
/// </summary>
static unsafe class TcpAnswers
{
    /// <summary>Too small to send anything but probes.</summary>
    const ushort SmallWindow = 5;

    /// <summary>Answers with a reset.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Reset(Worker worker, Packet* packet)
    {
        if (!MayBeAnswered(worker, packet))
        {
            return;
        }

        var heard = (TcpHeader*)packet->Transport;
        bool acknowledges = (heard->Flags & TcpHeader.Ack) != 0;
        uint end = BinaryPrimitives.ReverseEndianness(heard->Sequence) + LengthOf(packet, heard);

        // Its own sequence is the one the sender expects; without one to go by it is zero, and what was sent is acknowledged instead.
        Say(
            worker, packet, acknowledges ? heard->Acknowledgment : 0, acknowledges ? 0 : BinaryPrimitives.ReverseEndianness(end),
            (byte)(acknowledges ? TcpHeader.Reset : TcpHeader.Reset | TcpHeader.Ack), 0);
    }

    /// <summary>
    /// Takes a connection up and never lets it move: a SYN gets its answer with a window of a few bytes, whatever follows one of none.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Hold(Worker worker, Packet* packet)
    {
        if (packet->Family != PacketFamily.Ipv4 || !MayBeAnswered(worker, packet))
        {
            return;
        }

        var heard = (TcpHeader*)packet->Transport;
        byte kind = (byte)(heard->Flags & (TcpHeader.Syn | TcpHeader.Ack | TcpHeader.Fin));
        uint sequence = BinaryPrimitives.ReverseEndianness(heard->Sequence);
        if (kind == TcpHeader.Syn)
        {
            // A sequence that needs no memory: the next segment's acknowledgment brings it back.
            Say(worker, packet, packet->Hash, BinaryPrimitives.ReverseEndianness(sequence + 1), TcpHeader.Syn | TcpHeader.Ack, SmallWindow);
        }
        else if (kind == TcpHeader.Ack && LengthOf(packet, heard) != 0)
        {
            // Not a byte of it is taken: the sender asks again and again whether the window has opened.
            Say(worker, packet, heard->Acknowledgment, heard->Sequence, TcpHeader.Ack, 0);
        }
    }

    static bool MayBeAnswered(Worker worker, Packet* packet)
    {
        const PacketMarks Bad = PacketMarks.Fragment | PacketMarks.TransportMalformed | PacketMarks.TransportChecksumBad;
        return packet->Protocol == IpProtocol.Tcp && packet->Transport != null && (packet->Marks & Bad) == 0
            && (packet->TcpFlags & TcpHeader.Reset) == 0 && IcmpErrors.IsFromAndToOneHost(worker, packet);
    }

    /// <summary>What the segment takes of the sequence: its data, SYN and FIN.</summary>
    static uint LengthOf(Packet* packet, TcpHeader* heard)
    {
        uint header = heard->HeaderLength;
        uint data = packet->TransportLength > header ? packet->TransportLength - header : 0;
        return data + ((heard->Flags & TcpHeader.Syn) != 0 ? 1u : 0) + ((heard->Flags & TcpHeader.Fin) != 0 ? 1u : 0);
    }

    /// <summary>Sends a segment without data. Sequence and acknowledgment as they stand in the header.</summary>
    static void Say(Worker worker, Packet* packet, uint sequence, uint acknowledgment, byte flags, ushort window)
    {
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        uint headers = (uint)(isIpv6 ? Ipv6Header.ByteSize : Ipv4Header.ByteSize) + TcpHeader.ByteSize;
        Mbuf* mbuf = OwnFrame.Take(worker, headers);
        if (mbuf == null)
        {
            return;
        }

        byte* ip = mbuf->Data + EthernetHeader.ByteSize;
        OwnFrame.WriteType(mbuf, packet->Family);
        var heard = (TcpHeader*)packet->Transport;
        var tcp = (TcpHeader*)(ip + headers - TcpHeader.ByteSize);
        *tcp = new TcpHeader
        {
            SourcePort = heard->DestinationPort,
            DestinationPort = heard->SourcePort,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            DataOffset = TcpHeader.ByteSize / 4 << 4,
            Flags = flags,
            Window = BinaryPrimitives.ReverseEndianness(window),
        };
        ulong pseudo;
        if (isIpv6)
        {
            Unsafe.CopyBlock(ip + 8, packet->Ip + 24, 16);
            Unsafe.CopyBlock(ip + 24, packet->Ip + 8, 16);
            OwnFrame.WriteIpv6(ip, IpProtocol.Tcp, TcpHeader.ByteSize, 0);
            pseudo = Checksum.PseudoHeader6(&((Ipv6Header*)ip)->Addresses, IpProtocol.Tcp, TcpHeader.ByteSize);
        }
        else
        {
            ulong addresses = ((Ipv4Header*)packet->Ip)->Addresses;
            OwnFrame.WriteIpv4(packet, ip, (addresses >> 32) | (addresses << 32), IpProtocol.Tcp, headers, 0);
            pseudo = Checksum.PseudoHeader4(((Ipv4Header*)ip)->Addresses, IpProtocol.Tcp, TcpHeader.ByteSize);
        }

        tcp->Checksum = Checksum.Finish(Checksum.Sum((byte*)tcp, TcpHeader.ByteSize) + pseudo);
        InterfaceEntry* from = RouteImage.InterfaceAt(worker.Routes, packet->InInterface);
        ushort outInterface = isIpv6 && OwnAddresses.IsLinkLocal(packet->Ip + 8) ? packet->InInterface : Packet.NoInterface;
        if (!OwnPackets.Say(worker, packet, mbuf, outInterface, from->Table))
        {
            Mbufs.FreeBulk(&mbuf, 1);
        }
    }
}
