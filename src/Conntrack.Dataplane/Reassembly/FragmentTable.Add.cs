using Conntrack.Dataplane.Abi;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Reassembly;

/// <summary>What a fragment's coming means.</summary>
enum FragmentOutcome
{
    /// <summary>The table has its buffer now.</summary>
    Held,

    /// <summary>Its datagram is whole: <see cref="Packet.Datagram"/> names it.</summary>
    Complete,

    /// <summary>The packet is to be dropped for its <see cref="Packet.Reason"/>.</summary>
    Dropped,
}

/// <content>
/// One fragment comes. What overlaps, what contradicts and what is a duplicate is decided as nf_defrag_ipv4 and nf_defrag_ipv6 decide it.
/// </content>
sealed unsafe partial class FragmentTable
{
    /// <summary>The largest payload a length field can say.</summary>
    const uint Largest = ushort.MaxValue;

    /// <summary>VLAN id in a tag, as loaded.</summary>
    const uint VlanId = 0xff0f;

    enum Place
    {
        New,
        Duplicate,
        Overlap,
    }

    /// <summary>Takes a packet that Parse has found sound and a fragment.</summary>
    public FragmentOutcome Add(Packet* packet)
    {
        Expire(packet->Time);
        var place = FragmentPlace.Of(packet);
        Datagram key;
        NameOf(packet, place.Id, &key);
        uint number = Find(&key, packet->Time);
        uint length = number == 0 ? 0 : _datagrams[number].Length;
        bool hasEnd = number != 0 && _datagrams[number].HasEnd != 0;
        bool isIpv4 = packet->Family == PacketFamily.Ipv4;

        // A length of odd bytes that more is to follow: IPv4 takes as much as fits, IPv6 has an error message for it (RFC 8200 4.5).
        bool uneven = place.More && (place.Length & 7) != 0;
        if (uneven && isIpv4)
        {
            place.Length &= ~7u;
        }

        uint end = place.Offset + place.Length;
        bool beyond = end > (isIpv4 ? Largest - Ipv4Header.ByteSize : Largest);
        bool contradicts = place.More ? hasEnd && end > length : end < length || (hasEnd && end != length);
        if (uneven && !isIpv4)
        {
            return Refuse(packet, number, DropReason.BadFragment);
        }

        if (beyond || contradicts || place.Length == 0)
        {
            // IPv4 gives up the datagram, IPv6 this fragment alone.
            return Refuse(packet, isIpv4 ? number : 0, DropReason.BadFragment);
        }

        uint before = 0;
        switch (number == 0 ? Place.New : PlaceOf(_datagrams + number, place.Offset, end, out before))
        {
            case Place.Duplicate:
                packet->Reason = DropReason.FragmentDuplicate;
                return FragmentOutcome.Dropped;
            case Place.Overlap:
                return Refuse(packet, number, DropReason.FragmentOverlap);
        }

        hasEnd |= !place.More;
        length = Math.Max(length, end);
        bool completes = number != 0 && hasEnd && _datagrams[number].Present + place.Length == length;
        if (completes && IsOversize(number, length, place, isIpv4))
        {
            return Refuse(packet, number, DropReason.BadFragment);
        }

        if (!completes && !MakeRoom(packet, number))
        {
            return Refuse(packet, number, DropReason.FragmentLimit);
        }

        if (number == 0)
        {
            number = Create(&key, packet->Time);
        }

        Datagram* datagram = _datagrams + number;
        datagram->HasEnd = hasEnd ? (byte)1 : (byte)0;
        datagram->Length = length;
        if (place.Offset == 0)
        {
            datagram->NextHeaderAt = (ushort)place.NextHeaderAt;
        }

        Insert(datagram, Keep(packet, place), before);
        if (!completes)
        {
            _state->Held++;
            return FragmentOutcome.Held;
        }

        return Complete(packet, number);
    }

    /// <summary>The packet is dropped, and its datagram with it where there is one.</summary>
    FragmentOutcome Refuse(Packet* packet, uint number, DropReason reason)
    {
        if (number != 0)
        {
            GiveUp(number, reason, packet->Time, packet->Number);
        }

        packet->Reason = reason;
        return FragmentOutcome.Dropped;
    }

    /// <summary>Whether the whole is longer than its length field can say.</summary>
    bool IsOversize(uint number, uint length, in FragmentPlace place, bool isIpv4)
    {
        HeldFragment* first = _fragments + _datagrams[number].First;
        uint header = place.Offset == 0 ? place.HeaderLength : (uint)first->Header - first->Link;
        return length + (isIpv4 ? header : header - Ipv6Header.ByteSize - FragmentHeader.ByteSize) > Largest;
    }

    /// <summary>Oldest first, others give way. False when the packet's own datagram is the one that has to.</summary>
    bool MakeRoom(Packet* packet, uint number)
    {
        uint buffers = packet->Mbuf->SegmentCount;
        if (number != 0 && _datagrams[number].Fragments >= MostFragments)
        {
            return false;
        }

        while (_buffers + buffers > _limit)
        {
            uint oldest = Oldest();
            if (oldest == 0 || oldest == number)
            {
                return false;
            }

            GiveUp(oldest, DropReason.FragmentLimit, packet->Time, packet->Number);
        }

        return true;
    }

    /// <summary>Where a fragment belongs among those there.</summary>
    /// <param name="datagram">It has fragments.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <param name="end">Behind the last byte.</param>
    /// <param name="before">The fragment it goes behind, 0 for the first place.</param>
    Place PlaceOf(Datagram* datagram, uint offset, uint end, out uint before)
    {
        // Nearly all come in order, or the other way round.
        HeldFragment* tail = _fragments + datagram->Last;
        before = datagram->Last;
        if (offset >= tail->End)
        {
            return Place.New;
        }

        if (end > tail->End)
        {
            return Place.Overlap;
        }

        before = 0;
        for (uint begin = datagram->First, last; begin != 0; begin = _fragments[last].Next)
        {
            HeldFragment* run = _fragments + begin;
            if (end <= run->Offset)
            {
                return Place.New;
            }

            last = begin;
            while (_fragments[last].Next != 0 && _fragments[_fragments[last].Next].StartsRun == 0)
            {
                last = _fragments[last].Next;
            }

            uint runEnd = _fragments[last].End;
            if (offset < runEnd)
            {
                return offset >= run->Offset && end <= runEnd ? Place.Duplicate : Place.Overlap;
            }

            before = last;
        }

        return Place.New;
    }

    void Insert(Datagram* datagram, uint number, uint before)
    {
        HeldFragment* fragment = _fragments + number;
        bool atEnd = before == datagram->Last;
        fragment->StartsRun = atEnd && before != 0 && _fragments[before].End == fragment->Offset ? (byte)0 : (byte)1;
        if (before == 0)
        {
            fragment->Next = datagram->First;
            datagram->First = number;
        }
        else
        {
            fragment->Next = _fragments[before].Next;
            _fragments[before].Next = number;
        }

        if (atEnd)
        {
            datagram->Last = number;
        }

        datagram->Fragments++;
        datagram->Present += fragment->Length;
        _buffers += fragment->Buffers;
    }

    uint Keep(Packet* packet, in FragmentPlace place)
    {
        uint number = _freeFragment;
        HeldFragment* fragment = _fragments + number;
        _freeFragment = fragment->Next;
        uint header = packet->LinkLength + place.HeaderLength;
        uint rest = packet->FrameLength - header - place.Length;
        bool trimmed = packet->IpLength != place.HeaderLength + place.Length;
        *fragment = new HeldFragment
        {
            Mbuf = packet->Mbuf,
            Number = packet->Number,
            Offset = (ushort)place.Offset,
            Length = (ushort)place.Length,
            Header = (ushort)header,
            Buffers = packet->Mbuf->SegmentCount,
            Padding = packet->Mbuf->SegmentCount == 1 && !trimmed ? (ushort)rest : (ushort)0,
            Field = packet->Family == PacketFamily.Ipv4 ? ((Ipv4Header*)packet->Ip)->Fragment : (ushort)0,
            Link = (byte)packet->LinkLength,
            Trimmed = trimmed ? (byte)1 : (byte)0,
        };
        return number;
    }

    FragmentOutcome Complete(Packet* packet, uint number)
    {
        Datagram* datagram = _datagrams + number;
        for (uint fragment = datagram->First; fragment != 0; fragment = _fragments[fragment].Next)
        {
            _buffers -= _fragments[fragment].Buffers;
            if (_fragments[fragment].Number != packet->Number)
            {
                Tell(fragment, HeldFate.Reassembled, DropReason.None, packet->Time, packet->Number);
            }
        }

        Unlink(number);
        datagram->Chain = _joined;
        _joined = number;
        _state->Held -= datagram->Fragments - 1;
        _state->Consumed += datagram->Fragments - 1;
        packet->Datagram = number;
        Join(packet, datagram);
        return FragmentOutcome.Complete;
    }

    /// <summary>What tells a packet's datagram from others.</summary>
    void NameOf(Packet* packet, uint id, Datagram* key)
    {
        *key = default;
        key->Id = id;
        key->Family = packet->Family;
        key->Interface = Packet.NoInterface;
        key->Vlans = VlansOf(packet);
        if (packet->Family == PacketFamily.Ipv4)
        {
            key->Addresses4 = packet->Tuple.Addresses;
            key->Protocol = packet->Protocol;
            key->Hash = _hash->Hash4(key->Addresses4, id, packet->Protocol, 0);
            return;
        }

        key->Addresses = ((Ipv6Header*)packet->Ip)->Addresses;
        byte* destination = packet->Ip + Ipv6Header.ByteSize - (sizeof(Addresses6) / 2);
        if (destination[0] == 0xff || (destination[0] == 0xfe && (destination[1] & 0xc0) == 0x80))
        {
            key->Interface = packet->InInterface;
        }

        key->Hash = _hash->Hash6(&key->Addresses, new PortPair { Ports = id }, 0, 0);
    }

    static uint VlansOf(Packet* packet)
    {
        byte* tags = packet->Mbuf->Data + EthernetHeader.ByteSize;
        return packet->LinkLength switch
        {
            EthernetHeader.ByteSize => 0,
            EthernetHeader.ByteSize + VlanTag.ByteSize => *(ushort*)tags & VlanId,
            _ => ((*(ushort*)tags & VlanId) << 16) | (*(ushort*)(tags + VlanTag.ByteSize) & VlanId),
        };
    }
}
