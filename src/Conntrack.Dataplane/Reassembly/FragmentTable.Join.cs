using System.Buffers.Binary;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Reassembly;

/// <content>
/// One packet out of many and many out of one, without a copy: the whole is the chain of its fragments' buffers, whose own headers stay
/// where they are, in front of the data. Untouched fragments leave as they came, bit for bit; what the stages between have changed in the
/// header of the whole is changed in every fragment's.
/// </content>
/// <remarks><code>
/// frames   | link | IP | data 1 |pad|      | link | IP | data 2 |pad|        | link | IP | data 3 |
/// whole    | link | IP'| data 1 | ─────────────────────▶ data 2 | ─────────────────────▶ data 3 |
/// </code>
/// An IPv6 whole has no fragment header: what is in front of it moves up by its eight bytes, and back.
/// </remarks>
sealed unsafe partial class FragmentTable
{
    /// <summary>
    /// Bytes that are in one piece at the head of the data: the longest transport header (TCP's 60), an ICMP error with the headers it quotes.
    /// </summary>
    const uint OnePiece = 128;

    const ulong TransportVerdict = ReceiveOffload.TransportChecksumGood | ReceiveOffload.TransportChecksumBad;

    void Join(Packet* packet, Datagram* datagram)
    {
        HeldFragment* first = _fragments + datagram->First;
        Mbuf* head = first->Mbuf;
        Mbuf* tail = Trim(first);
        for (uint next = first->Next; next != 0; next = _fragments[next].Next)
        {
            HeldFragment* fragment = _fragments + next;
            Mbuf* end = Trim(fragment);
            Shift(fragment->Mbuf, fragment->Header);
            tail->Next = fragment->Mbuf;
            tail = end;
            head->SegmentCount += fragment->Buffers;
            head->PacketLength += fragment->Length;
        }

        Pull(datagram, first);
        datagram->FirstHeader = first->Header;
        if (datagram->Family == PacketFamily.Ipv4)
        {
            Whole4(datagram, first, head->Data + first->Link);
        }
        else
        {
            Whole6(datagram, first, head);
        }

        // What the NIC says of a transport checksum it has not seen whole means nothing.
        head->OffloadFlags &= ~TransportVerdict;
        packet->Mbuf = head;
        packet->FrameLength = head->PacketLength;
        packet->Ip = head->Data + first->Link;
        datagram->TrafficClass = ClassOf(packet->Ip, datagram->Family);
        datagram->Hops = *HopsAt(packet->Ip, datagram->Family);
    }

    /// <summary>Turns the whole that a packet is into its fragments again, which <see cref="FirstOf"/> lists.</summary>
    public void Split(Packet* packet)
    {
        Datagram* datagram = _datagrams + packet->Datagram;
        HeldFragment* first = _fragments + datagram->First;
        byte* ip = packet->Ip;
        byte* data = ip + datagram->FirstHeader - first->Link - (datagram->Family == PacketFamily.Ipv4 ? 0 : FragmentHeader.ByteSize);
        byte* pulled = data + first->Length;
        byte* pulledEnd = pulled + datagram->Pulled;
        bool changed = IsChanged(datagram, ip);
        for (uint next = first->Next; next != 0; next = _fragments[next].Next)
        {
            HeldFragment* fragment = _fragments + next;
            Mbuf* part = fragment->Mbuf;
            if (pulled < pulledEnd)
            {
                long back = Math.Min(pulledEnd - pulled, fragment->Length);
                Shift(part, (int)-back);
                Buffer.MemoryCopy(pulled, part->Data, back, back);
                pulled += back;
            }

            Shift(part, -fragment->Header);
            Seal(fragment);
            Renew(datagram, fragment, ip, changed);
        }

        first->Mbuf->DataLength -= datagram->Pulled;
        if (datagram->Pulled != 0)
        {
            // The padding was overwritten; what Ethernet pads with is zeros.
            new Span<byte>(data + first->Length, first->Padding).Clear();
        }

        if (datagram->Family == PacketFamily.Ipv4)
        {
            First4(datagram, first, (Ipv4Header*)ip, changed);
        }
        else
        {
            First6(datagram, first, ip);
        }

        Seal(first);
        packet->Mbuf = null;
    }

    static void Whole4(Datagram* datagram, HeldFragment* first, byte* ip)
    {
        var header = (Ipv4Header*)ip;
        uint headerLength = (uint)first->Header - first->Link;
        datagram->FirstChecksum = header->Checksum;
        header->TotalLength = BinaryPrimitives.ReverseEndianness((ushort)(headerLength + datagram->Length));
        header->Fragment &= Ipv4Header.DontFragment;
        SetChecksum(header, headerLength);
    }

    static void First4(Datagram* datagram, HeldFragment* first, Ipv4Header* header, bool changed)
    {
        uint headerLength = (uint)first->Header - first->Link;
        header->TotalLength = BinaryPrimitives.ReverseEndianness((ushort)(headerLength + first->Length));
        header->Fragment = first->Field;
        header->Checksum = datagram->FirstChecksum;
        if (changed || first->Trimmed != 0)
        {
            SetChecksum(header, headerLength);
        }
    }

    static void Whole6(Datagram* datagram, HeldFragment* first, Mbuf* head)
    {
        byte* frame = head->Data;
        byte* ip = frame + first->Link;
        uint at = (uint)first->Header - first->Link - FragmentHeader.ByteSize;
        datagram->FragmentHeader = ((FragmentHeader*)(ip + at))->Word;
        ip[datagram->NextHeaderAt] = ((FragmentHeader*)(ip + at))->NextHeader;
        Buffer.MemoryCopy(frame, frame + FragmentHeader.ByteSize, first->Link + at, first->Link + at);
        Shift(head, FragmentHeader.ByteSize);
        head->PacketLength -= FragmentHeader.ByteSize;
        uint payload = at - Ipv6Header.ByteSize + datagram->Length;
        ((Ipv6Header*)(ip + FragmentHeader.ByteSize))->PayloadLength = BinaryPrimitives.ReverseEndianness((ushort)payload);
    }

    static void First6(Datagram* datagram, HeldFragment* first, byte* ip)
    {
        Mbuf* head = first->Mbuf;
        byte* frame = head->Data;
        uint at = (uint)first->Header - first->Link - FragmentHeader.ByteSize;
        long moved = ip - frame + at;
        Shift(head, -FragmentHeader.ByteSize);
        Buffer.MemoryCopy(frame, head->Data, moved, moved);
        ip -= FragmentHeader.ByteSize;
        ((FragmentHeader*)(ip + at))->Word = datagram->FragmentHeader;
        ip[datagram->NextHeaderAt] = IpProtocol.Fragment;
        uint payload = at - Ipv6Header.ByteSize + FragmentHeader.ByteSize + first->Length;
        ((Ipv6Header*)ip)->PayloadLength = BinaryPrimitives.ReverseEndianness((ushort)payload);
    }

    /// <summary>Whether a stage has rewritten the header of the whole.</summary>
    static bool IsChanged(Datagram* datagram, byte* ip)
    {
        bool same = datagram->Family == PacketFamily.Ipv4
            ? ((Ipv4Header*)ip)->Addresses == datagram->Addresses4
            : ((Ipv6Header*)ip)->Addresses.Src == datagram->Addresses.Src && ((Ipv6Header*)ip)->Addresses.Dst == datagram->Addresses.Dst;
        return !same || ClassOf(ip, datagram->Family) != datagram->TrafficClass || *HopsAt(ip, datagram->Family) != datagram->Hops;
    }

    /// <summary>Gives a later fragment's header what the whole's has become. Congestion marks are each fragment's own (RFC 3168 5.3).</summary>
    static void Renew(Datagram* datagram, HeldFragment* fragment, byte* whole, bool changed)
    {
        byte* ip = fragment->Mbuf->Data + fragment->Link;
        if (changed)
        {
            *HopsAt(ip, datagram->Family) = *HopsAt(whole, datagram->Family);
            const int Congestion = 3;
            int traffic = (ClassOf(whole, datagram->Family) & ~Congestion) | (ClassOf(ip, datagram->Family) & Congestion);
            if (datagram->Family == PacketFamily.Ipv4)
            {
                ((Ipv4Header*)ip)->TypeOfService = (byte)traffic;
                ((Ipv4Header*)ip)->Addresses = ((Ipv4Header*)whole)->Addresses;
            }
            else
            {
                ip[0] = (byte)((ip[0] & 0xf0) | (traffic >> 4));
                ip[1] = (byte)((ip[1] & 0x0f) | (traffic << 4));
                ((Ipv6Header*)ip)->Addresses = ((Ipv6Header*)whole)->Addresses;
            }
        }

        if (datagram->Family == PacketFamily.Ipv4 && (changed || fragment->Trimmed != 0))
        {
            uint headerLength = (uint)fragment->Header - fragment->Link;
            ((Ipv4Header*)ip)->TotalLength = BinaryPrimitives.ReverseEndianness((ushort)(headerLength + fragment->Length));
            SetChecksum((Ipv4Header*)ip, headerLength);
        }
    }

    /// <summary>
    /// Copies the head of later fragments behind the data of the first, where it is too short for the headers that a parser wants to see in
    /// one piece.
    /// </summary>
    void Pull(Datagram* datagram, HeldFragment* first)
    {
        uint wanted = Math.Min(OnePiece, datagram->Length);
        if (first->Length >= wanted || first->Buffers != 1)
        {
            return;
        }

        Mbuf* head = first->Mbuf;
        uint missing = Math.Min(wanted - first->Length, (uint)Math.Max(head->FreeBehind, 0));
        for (uint next = first->Next; next != 0 && missing != 0 && _fragments[next].Buffers == 1; next = _fragments[next].Next)
        {
            Mbuf* part = _fragments[next].Mbuf;
            ushort taken = (ushort)Math.Min(missing, _fragments[next].Length);
            Buffer.MemoryCopy(part->Data, head->Data + head->DataLength, taken, taken);
            Shift(part, taken);
            head->DataLength += taken;
            datagram->Pulled += taken;
            missing -= taken;
        }
    }

    /// <summary>Cuts a frame to its headers and data. Returns its last segment.</summary>
    static Mbuf* Trim(HeldFragment* fragment)
    {
        Mbuf* segment = fragment->Mbuf;
        uint rest = (uint)fragment->Header + fragment->Length;
        segment->PacketLength = rest;
        while (true)
        {
            segment->DataLength = (ushort)Math.Min(segment->DataLength, rest);
            rest -= segment->DataLength;
            if (segment->Next == null)
            {
                return segment;
            }

            segment = segment->Next;
        }
    }

    /// <summary>A part of a chain is a frame of its own again, with the padding it came with.</summary>
    static void Seal(HeldFragment* fragment)
    {
        Mbuf* frame = fragment->Mbuf;
        Mbuf* last = frame;
        for (int segment = 1; segment < fragment->Buffers; segment++)
        {
            last = last->Next;
        }

        last->Next = null;
        last->DataLength += fragment->Padding;
        frame->SegmentCount = fragment->Buffers;
        frame->PacketLength = (uint)fragment->Header + fragment->Length + fragment->Padding;
    }

    static void Shift(Mbuf* segment, int bytes)
    {
        segment->DataOffset = (ushort)(segment->DataOffset + bytes);
        segment->DataLength = (ushort)(segment->DataLength - bytes);
    }

    static byte* HopsAt(byte* ip, PacketFamily family) =>
        family == PacketFamily.Ipv4 ? &((Ipv4Header*)ip)->TimeToLive : &((Ipv6Header*)ip)->HopLimit;

    static byte ClassOf(byte* ip, PacketFamily family) =>
        family == PacketFamily.Ipv4 ? ((Ipv4Header*)ip)->TypeOfService : (byte)((ip[0] << 4) | (ip[1] >> 4));

    static void SetChecksum(Ipv4Header* header, uint length)
    {
        header->Checksum = 0;
        header->Checksum = Checksum.Finish(Checksum.Sum((byte*)header, length));
    }
}
