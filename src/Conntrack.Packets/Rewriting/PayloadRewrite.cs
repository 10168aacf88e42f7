using System.Buffers.Binary;
using Conntrack.Native;
using Conntrack.Packets.Headers;

namespace Conntrack.Packets.Rewriting;

/// <summary>
/// Data behind a TCP or UDP header, replaced in the buffer it lies in. Lengths in every header follow; the transport's checksum is computed anew by
/// <see cref="Finish"/> when all is done.
/// </summary>
public static unsafe class PayloadRewrite
{
    /// <summary>Where a packet's data is. False when it is not in one buffer of its own, so that nobody may write there.</summary>
    /// <param name="packet">Parsed and sound, no fragment, TCP or UDP.</param>
    /// <param name="data">Its first byte.</param>
    /// <param name="length">Bytes of it; may be 0.</param>
    public static bool TryView(Packet* packet, out byte* data, out int length)
    {
        Mbuf* mbuf = packet->Mbuf;
        bool isTcp = packet->Protocol == IpProtocol.Tcp;
        uint header = isTcp ? ((TcpHeader*)packet->Transport)->HeaderLength : UdpHeader.ByteSize;
        uint whole = isTcp
            ? packet->TransportLength
            : Math.Min(packet->TransportLength, BinaryPrimitives.ReverseEndianness(((UdpHeader*)packet->Transport)->Length));
        data = packet->Transport + header;
        length = (int)whole - (int)header;
        return mbuf->SegmentCount == 1
            & mbuf->ReferenceCount == 1
            & (mbuf->OffloadFlags & MbufOffloads.Indirect) == 0
            & (packet->Marks & PacketMarks.Fragment) == 0
            & length >= 0
            && data + length <= mbuf->Data + mbuf->DataLength;
    }

    /// <summary>Whether a packet may become longer.</summary>
    /// <param name="packet">A packet that <see cref="TryView"/> has shown.</param>
    /// <param name="growth">By how many bytes.</param>
    /// <param name="most">Bytes that the IP packet may have.</param>
    public static bool HasRoom(Packet* packet, int growth, uint most)
    {
        Mbuf* mbuf = packet->Mbuf;
        long longer = packet->IpLength + (long)growth;
        long room = mbuf->BufferLength - mbuf->DataOffset - (packet->Ip - mbuf->Data);
        return longer <= Math.Min(most, ushort.MaxValue) && longer <= room;
    }

    /// <summary>
    /// Puts text in the place of part of the data. Whatever stood behind the IP packet in its frame is gone then. False, and nothing has changed, when
    /// the buffer has no room.
    /// </summary>
    /// <param name="packet">A packet that <see cref="TryView"/> has shown.</param>
    /// <param name="offset">First byte of the part, in bytes from the data's first.</param>
    /// <param name="length">Bytes that go.</param>
    /// <param name="text">What comes; not in the packet.</param>
    /// <param name="most">Bytes that the IP packet may have.</param>
    public static bool TryReplace(Packet* packet, int offset, int length, ReadOnlySpan<byte> text, uint most)
    {
        if (!TryView(packet, out byte* data, out int whole) || offset < 0 || length < 0 || offset > whole - length)
        {
            return false;
        }

        int growth = text.Length - length;
        if (growth > 0 && !HasRoom(packet, growth, most))
        {
            return false;
        }

        byte* place = data + offset;
        int behind = whole - offset - length;
        Buffer.MemoryCopy(place + length, place + text.Length, behind, behind);
        text.CopyTo(new Span<byte>(place, text.Length));
        SetLength(packet, (uint)(packet->IpLength + growth), growth);
        return true;
    }

    /// <summary>Computes the transport's checksum over what is there now.</summary>
    public static void Finish(Packet* packet) => TransportRewrite.FillIn(packet);

    static void SetLength(Packet* packet, uint length, int growth)
    {
        if (packet->Family == PacketFamily.Ipv4)
        {
            var ip = (Ipv4Header*)packet->Ip;
            ushort total = BinaryPrimitives.ReverseEndianness((ushort)length);
            ip->Checksum = ChecksumUpdate.Apply(ip->Checksum, ChecksumUpdate.Delta16(ip->TotalLength, total));
            ip->TotalLength = total;
        }
        else
        {
            var ip = (Ipv6Header*)packet->Ip;
            ip->PayloadLength = BinaryPrimitives.ReverseEndianness((ushort)(length - Ipv6Header.ByteSize));
        }

        if (packet->Protocol == IpProtocol.Udp)
        {
            var udp = (UdpHeader*)packet->Transport;
            udp->Length = BinaryPrimitives.ReverseEndianness((ushort)(BinaryPrimitives.ReverseEndianness(udp->Length) + growth));
        }

        packet->IpLength = length;
        packet->TransportLength = (uint)(packet->TransportLength + growth);
        uint frame = (uint)(packet->Ip - packet->Mbuf->Data) + length;
        packet->FrameLength = frame;
        packet->Mbuf->DataLength = (ushort)frame;
        packet->Mbuf->PacketLength = frame;
    }
}
