using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Steering;

/// <summary>
/// A worker's end of the <see cref="Exchange"/>: takes what others hand over at the beginning of a burst, and collects what this burst hands
/// over, so that a ring is touched once a burst.
/// </summary>
sealed unsafe class Handover : IDisposable
{
    readonly Worker _worker;
    readonly Exchange _exchange;
    readonly HandedOver* _notes = (HandedOver*)NativeMemory.AlignedAlloc(Worker.MaxBurst * HandedOver.ByteSize, 64);
    readonly Mbuf** _frames;
    readonly uint* _counts;
    readonly uint* _room;
    ulong _waiting;
    ulong _leaving;
    int _next;
    TourLimiter _tours;

    public Handover(Worker worker, Exchange exchange)
    {
        _worker = worker;
        _exchange = exchange;
        _frames = (Mbuf**)NativeMemory.AllocZeroed(exchange.Workers * Worker.MaxBurst, (nuint)sizeof(Mbuf*));
        _counts = (uint*)NativeMemory.AllocZeroed(exchange.Workers, sizeof(uint));
        _room = (uint*)NativeMemory.AllocZeroed(exchange.Workers, sizeof(uint));
    }

    public uint Workers => _exchange.Workers;

    public SteeringIndex* Index => _exchange.Index;

    /// <summary>Whether another worker has named a connection: if none has, no packet is asked about.</summary>
    public bool OthersHold => (Index->Holding & ~(1ul << _worker.Index)) != 0;

    /// <summary>Packets at the beginning of the burst that others have handed over.</summary>
    public int Taken { get; private set; }

    /// <summary>What was said about one of them.</summary>
    public HandedOver* NoteOf(int packet) => _notes + packet;

    /// <summary>
    /// Begins a burst with what others have handed over: half of it at most, so that neither they nor the ports wait for ever. In replay a frame
    /// is finished everywhere before the next, so there they do not meet.
    /// </summary>
    public int Take()
    {
        Taken = 0;
        _worker.Translates |= Index->Translating != 0;
        ulong* attention = _exchange.AttentionOf((uint)_worker.Index);
        if (Volatile.Read(ref *attention) != 0)
        {
            _waiting |= Interlocked.Exchange(ref *attention, 0);
        }

        return _waiting == 0 || (_worker.Feed != null && _worker.Feed->Count != 0) ? 0 : TakeWaiting();
    }

    int TakeWaiting()
    {
        Mbuf** frames = _worker.Scratch;
        int most = Math.Max(1, (int)_worker.BurstSize / 2);
        int count = 0;
        while (_waiting != 0 && count < most)
        {
            // The next ring in turn that has something.
            ulong turned = BitOperations.RotateRight(_waiting, _next);
            int from = (BitOperations.TrailingZeroCount(turned) + _next) & 63;
            uint wanted = (uint)(most - count);
            uint taken = Rings.Dequeue(_exchange.Between((uint)from, (uint)_worker.Index), frames, wanted);
            Fetch(frames, taken);
            for (uint i = 0; i < taken; i++)
            {
                Enter(count++, frames[i]);
            }

            if (taken < wanted)
            {
                // What comes after this look sets the bit again.
                _waiting &= ~(1ul << from);
            }

            _next = (from + 1) & 63;
        }

        Taken = count;
        return count;
    }

    /// <summary>
    /// Everything of these frames was last written by another core and lies in its caches: all of it is asked for before the first is waited for.
    /// </summary>
    static void Fetch(Mbuf** frames, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            Prefetch.Line(frames[i]);
            Prefetch.Line((byte*)frames[i] + 64);
        }

        for (uint i = 0; i < count; i++)
        {
            Prefetch.Line(HandedOver.In(frames[i]));
            Prefetch.Line(frames[i]->Data);
        }
    }

    void Enter(int place, Mbuf* frame)
    {
        HandedOver* note = _notes + place;
        *note = *HandedOver.In(frame);
        Packet* packet = _worker.Packets + place;
        Stages.Receive.Take(packet, frame, note->Port, note->Number);
        packet->Time = note->Time;
        packet->Rule = note->Rule;
        _worker.State->TakenOver += note->Frames;
    }

    /// <summary>Whether a worker's ring has room for one more of this burst.</summary>
    public bool HasRoom(uint to)
    {
        if (_counts[to] == 0)
        {
            _room[to] = Math.Min(Worker.MaxBurst, Rings.Room(_exchange.Between((uint)_worker.Index, to)));
        }

        return _counts[to] < _room[to];
    }

    /// <summary>
    /// Hands a packet over, which leaves the burst; it is on its way with <see cref="Flush"/>. Where the ring is full it stays, to be dropped for
    /// that.
    /// </summary>
    /// <param name="packet">Its buffer is one frame, or it is a datagram.</param>
    /// <param name="to">Another worker.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="origin">Of a tour, where it began.</param>
    /// <param name="hopsLeft">Of a tour, see <see cref="HandedOver.HopsLeft"/>.</param>
    public void Hand(Packet* packet, uint to, HandedOverKind kind, uint origin = 0, uint hopsLeft = 0)
    {
        bool fits = packet->Datagram == 0 ? HandedOver.Fits(packet->Mbuf) : _worker.Fragments.CanTakeOut(packet->Datagram);
        if (!fits || !HasRoom(to))
        {
            packet->Reason = DropReason.HandoverFull;
            return;
        }

        Mbuf* frame = packet->Mbuf;
        uint frames = 1;
        Mbuf* next = null;
        if (packet->Datagram != 0)
        {
            frame = _worker.Fragments.TakeOut(packet, out frames, out next);
        }

        HandedOver* note = HandedOver.In(frame);
        note->Time = packet->Time;
        note->Next = next;
        note->Number = packet->Number;
        note->Rule = packet->Rule;
        note->Port = packet->InPort;
        note->Frames = (ushort)frames;
        note->Origin = (byte)origin;
        note->HopsLeft = (byte)hopsLeft;
        note->Kind = kind;
        _frames[(to * Worker.MaxBurst) + _counts[to]++] = frame;
        _leaving |= 1ul << (int)to;
        _worker.State->HandedOver += frames;
        packet->Mbuf = null;
        packet->Path = Packet.GonePath;
    }

    /// <summary>Sends a packet that nobody here knows to all others in turn. False, and it stays, when that is done too often.</summary>
    public bool TryBeginTour(Packet* packet, HandedOverKind kind)
    {
        // To all others and home.
        if (_worker.Feed == null && !_tours.TryTake(Workers, packet->Time))
        {
            _worker.State->ToursRefused++;
            return false;
        }

        Hand(packet, After((uint)_worker.Index), kind, (uint)_worker.Index, Workers - 2);
        return true;
    }

    /// <summary>Sends it on to the next, or home when it has been everywhere.</summary>
    public void GoOnWithTour(Packet* packet, in HandedOver note)
    {
        if (note.HopsLeft != 0)
        {
            Hand(packet, After((uint)_worker.Index), note.Kind, note.Origin, note.HopsLeft - 1u);
        }
        else if (note.Origin != _worker.Index)
        {
            Hand(packet, note.Origin, note.IsDatagram ? HandedOverKind.Datagram : HandedOverKind.Frame);
        }
    }

    /// <summary>What leaves goes into the rings, and the burst is closed up. Returns how many packets are left of it.</summary>
    public int Flush(int count)
    {
        if (_leaving == 0)
        {
            return count;
        }

        for (ulong rest = _leaving; rest != 0; rest &= rest - 1)
        {
            uint to = (uint)BitOperations.TrailingZeroCount(rest);
            uint sent = Rings.Enqueue(_exchange.Between((uint)_worker.Index, to), _frames + (to * Worker.MaxBurst), _counts[to]);
            Debug.Assert(sent == _counts[to], "Nobody else fills the ring.");
            _counts[to] = 0;
            Interlocked.Or(ref *_exchange.AttentionOf(to), 1ul << _worker.Index);
        }

        _leaving = 0;
        return CloseUp(count);
    }

    /// <summary>Closes the burst up behind what has left it, the notes of what was taken over with it. Returns how many packets are left.</summary>
    public int CloseUp(int count)
    {
        Packet* packets = _worker.Packets;
        int kept = 0, taken = 0;
        for (int i = 0; i < count; i++)
        {
            if (packets[i].Path == Packet.GonePath)
            {
                continue;
            }

            if (kept != i)
            {
                packets[kept] = packets[i];
                _notes[kept] = _notes[i];
            }

            taken += i < Taken ? 1 : 0;
            kept++;
        }

        Taken = taken;
        return kept;
    }

    /// <summary>What makes a datagram's frames one packet will not happen: those behind the first end here, for its reason.</summary>
    public void DropRest(Packet* packet, in HandedOver note)
    {
        for (Mbuf* frame = note.Next; frame != null;)
        {
            Mbuf* next = HandedOver.In(frame)->Next;
            Mbufs.FreeBulk(&frame, 1);
            _worker.State->Dropped[(int)packet->Reason]++;
            frame = next;
        }
    }

    uint After(uint worker) => worker + 1 == Workers ? 0 : worker + 1;

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_notes);
        NativeMemory.Free(_frames);
        NativeMemory.Free(_counts);
        NativeMemory.Free(_room);
    }
}
