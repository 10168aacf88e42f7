using Conntrack.Dataplane.Steering;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Reassembly;

/// <content>A whole datagram goes from one worker's table to another's, as the frames it came in.</content>
sealed unsafe partial class FragmentTable
{
    /// <summary>
    /// Turns a packet that is a datagram into its frames again, a list by <see cref="HandedOver.Next"/>, each with what this table knows of it.
    /// It was never made one of them: the books are as before.
    /// </summary>
    /// <param name="packet">Became whole in this burst and is as it was then. Its buffer is gone afterwards.</param>
    /// <param name="frames">How many there are.</param>
    /// <param name="next">The second frame.</param>
    /// <returns>The first.</returns>
    public Mbuf* TakeOut(Packet* packet, out uint frames, out Mbuf* next)
    {
        Datagram* datagram = _datagrams + packet->Datagram;
        Split(packet);
        next = null;
        for (uint fragment = datagram->First; fragment != 0; fragment = _fragments[fragment].Next)
        {
            HandedOver* note = HandedOver.In(_fragments[fragment].Mbuf);
            uint after = _fragments[fragment].Next;
            note->Fragment = _fragments[fragment];
            note->Next = after == 0 ? null : _fragments[after].Mbuf;
        }

        frames = datagram->Fragments;
        _state->Consumed -= frames - 1;
        Mbuf* first = _fragments[datagram->First].Mbuf;
        next = HandedOver.In(first)->Next;
        packet->Datagram = 0;
        return first;
    }

    /// <summary>Whether all frames of a datagram have room for what is said of them.</summary>
    public bool CanTakeOut(uint datagram)
    {
        for (uint fragment = _datagrams[datagram].First; fragment != 0; fragment = _fragments[fragment].Next)
        {
            if (!HandedOver.Fits(_fragments[fragment].Mbuf))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Makes one packet of a datagram whose frames another worker has handed over. Nobody is told: what became of its fragments was said where
    /// it became whole.
    /// </summary>
    /// <param name="packet">Its first fragment, parsed; its buffer is the list of all.</param>
    /// <param name="note">What was said with it.</param>
    /// <returns>False when there is no room: the packet is to be dropped for its reason.</returns>
    public bool Adopt(Packet* packet, in HandedOver note)
    {
        uint number = _freeDatagram;
        if (number == 0 || !HasFree(note.Frames))
        {
            packet->Reason = DropReason.FragmentLimit;
            return false;
        }

        var place = FragmentPlace.Of(packet);
        Datagram* datagram = _datagrams + number;
        _freeDatagram = datagram->Chain;
        NameOf(packet, place.Id, datagram);
        datagram->NextHeaderAt = (ushort)place.NextHeaderAt;
        datagram->HasEnd = 1;
        for (Mbuf* frame = packet->Mbuf; frame != null;)
        {
            HandedOver* said = HandedOver.In(frame);
            Mbuf* next = said->Next;
            uint slot = _freeFragment;
            HeldFragment* fragment = _fragments + slot;
            _freeFragment = fragment->Next;
            *fragment = said->Fragment;
            fragment->Next = 0;
            if (datagram->First == 0)
            {
                datagram->First = slot;
            }
            else
            {
                _fragments[datagram->Last].Next = slot;
            }

            datagram->Last = slot;
            datagram->Fragments++;
            datagram->Present += fragment->Length;
            datagram->Length = Math.Max(datagram->Length, fragment->End);
            frame = next;
        }

        datagram->Chain = _joined;
        _joined = number;
        _state->Consumed += datagram->Fragments - 1;
        packet->Datagram = number;
        Join(packet, datagram);
        return true;
    }

    bool HasFree(uint fragments)
    {
        uint free = _freeFragment;
        for (; fragments != 0 && free != 0; fragments--)
        {
            free = _fragments[free].Next;
        }

        return fragments == 0;
    }
}
