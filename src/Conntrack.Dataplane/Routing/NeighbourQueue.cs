using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Stages;
using Conntrack.Memory;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>A frame that waits for its next hop to answer: three cache lines. A datagram in fragments is as many of them.</summary>
/// <remarks><code>
///   0 packet (128)   128 frame (8)   136 deadline (8)   144 life (4)   148 bytes (4)   152 slot (2)   154 next (2)
/// 156 link (2)   158 is first (1)   159 is own (1)   160 … 192 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct WaitingFrame
{
    public const int ByteSize = 192;

    /// <summary>The packet as it was, of the first of its frames.</summary>
    [FieldOffset(0)] public Packet Packet;

    [FieldOffset(128)] public Mbuf* Frame;

    /// <summary>When it has waited long enough, <see cref="Timestamp"/>.</summary>
    [FieldOffset(136)] public ulong Deadline;

    /// <summary>Of the neighbour in <see cref="Slot"/>.</summary>
    [FieldOffset(144)] public uint Life;

    /// <summary>Bytes from the IP header on.</summary>
    [FieldOffset(148)] public uint Bytes;

    [FieldOffset(152)] public ushort Slot;
    [FieldOffset(154)] public ushort Next;

    /// <summary>Bytes in front of the IP header.</summary>
    [FieldOffset(156)] public ushort Link;

    /// <summary>1: a packet begins here, other fragments of it follow.</summary>
    [FieldOffset(158)] public byte IsFirst;

    /// <summary>1: the router itself has said it, and nobody is to be told of its end.</summary>
    [FieldOffset(159)] public byte IsOwn;
}

/// <summary>
/// Packets of a worker that wait for their next hops to answer: a few for each, for three seconds at most, in order of arrival. Fixed native
/// memory, one writer.
/// </summary>
/// <remarks>
/// A worker looks at them only when some neighbour has taken a turn (<see cref="NeighbourTable.Turns"/>), whichever worker heard of it, or
/// when it is time to ask again. Everybody who waits sees to that; the first one asks.
/// </remarks>
sealed unsafe class NeighbourQueue : IDisposable
{
    /// <summary>Frames held at most.</summary>
    public const uint Capacity = 256;

    /// <summary>Packets at most that wait for one neighbour, of all workers together.</summary>
    public const int MostPackets = 16;

    /// <summary>Time that a packet waits at most: 3 s, as long as a neighbour is asked.</summary>
    const uint WaitTicks = Neighbours.MostQuestions * Neighbours.QuestionTicks;

    readonly Worker _worker;
    readonly WaitingFrame* _frames;
    ushort _free;
    ushort _first;
    ushort _last;
    uint _turns;
    ulong _due;

    public NeighbourQueue(Worker worker)
    {
        _worker = worker;
        nuint bytes = (Capacity + 1) * (nuint)WaitingFrame.ByteSize;
        _frames = (WaitingFrame*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_frames, bytes);
        for (ushort number = (ushort)Capacity; number != 0; number--)
        {
            _frames[number].Next = _free;
            _free = number;
        }
    }

    /// <summary>Frames that wait.</summary>
    public uint Count { get; private set; }

    /// <summary>Holds a packet until its neighbour answers, or gives it the reason why it cannot wait.</summary>
    public void Hold(Packet* packet, ushort slot, uint life)
    {
        NeighbourEntry* entry = NeighbourTable.At(_worker.Neighbours, slot);
        FragmentTable fragments = _worker.Fragments;
        uint frames = packet->Datagram == 0 ? 1 : fragments.CountOf(packet->Datagram);
        if (Count + frames > Capacity || Volatile.Read(ref entry->Waiting) >= MostPackets)
        {
            packet->Reason = DropReason.NeighbourQueueFull;
            return;
        }

        Interlocked.Increment(ref entry->Waiting);
        WaitingFrame* first = Append(packet, slot, life);
        if (packet->Datagram == 0)
        {
            first->Frame = packet->Mbuf;
            first->Link = (ushort)(packet->Ip - packet->Mbuf->Data);
            first->Bytes = packet->IpLength;
        }
        else
        {
            // Its pieces belong to this burst: they wait one by one, and whoever is told of their end is told of the first.
            fragments.Split(packet);
            WaitingFrame* frame = first;
            for (uint fragment = fragments.FirstOf(packet->Datagram); fragment != 0; fragment = fragments.NextOf(fragment))
            {
                frame = frame == null ? Append(packet, slot, life) : frame;
                frame->Frame = fragments.MbufOf(fragment);
                frame->Link = (ushort)fragments.LinkOf(fragment);
                frame->Bytes = fragments.BytesOf(fragment);
                frame->IsFirst = frame == first ? (byte)1 : (byte)0;
                frame = null;
            }

            first->Packet.Mbuf = first->Frame;
            first->Packet.Ip = first->Frame->Data + first->Link;
            first->Packet.IpLength = first->Bytes;
            _worker.State->Generated += frames - 1;
        }

        _worker.State->Held += frames;
        packet->Mbuf = null;
        packet->Path = Packet.HeldPath;
        packet->OutPort = Packet.NoInterface;
    }

    /// <summary>A neighbour has answered in this burst: what waits for it goes before anything else goes there.</summary>
    /// <param name="slot">The neighbour's.</param>
    /// <param name="cause">Number of the packet that answered.</param>
    public void Release(ushort slot, uint cause)
    {
        ushort* link = &_frames[0].Next;
        for (ushort before = 0; *link != 0;)
        {
            WaitingFrame* frame = _frames + *link;
            NeighbourEntry* entry = NeighbourTable.At(_worker.Neighbours, frame->Slot);
            ulong word = Volatile.Read(ref entry->Word);
            if (frame->Slot == slot && frame->Life == entry->Life && NeighbourEntry.IsUsable(word))
            {
                ushort number = Unlink(link, before);
                Send(frame, entry, word, cause);
                Free(number);
                continue;
            }

            before = *link;
            link = &frame->Next;
        }
    }

    /// <summary>Between bursts: sends what can be sent, asks again, and drops what has waited in vain.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cause">Number of the packet after which it happens.</param>
    /// <param name="byTime">Whether the time alone is the cause.</param>
    public void Attend(ulong now, uint cause, bool byTime)
    {
        uint turns = Volatile.Read(ref _worker.Neighbours->Turns);
        if (turns == _turns && !FragmentTable.IsDue(_due, now))
        {
            return;
        }

        _turns = turns;
        AskAgain(now);
        ushort given = TakeOut(now, cause);
        GiveUp(given, now, cause, byTime);
        Schedule();
    }

    /// <summary>When <see cref="Attend"/> has to do with it whatever happens; 0 for never.</summary>
    public ulong Due => Count == 0 ? 0 : _due;

    /// <summary>Gives back every buffer at the end of a replay or of the worker; the books keep them as held.</summary>
    public void Abandon()
    {
        while (_first != 0)
        {
            WaitingFrame* frame = _frames + _first;
            Tell(frame, HeldFate.StillHeld, DropReason.None, 0, FragmentFate.NoCause);
            Mbufs.FreeBulk(&frame->Frame, 1);
            Free(Unlink(&_frames[0].Next, 0));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abandon();
        NativeMemory.AlignedFree(_frames);
    }

    WaitingFrame* Append(Packet* packet, ushort slot, uint life)
    {
        ushort number = _free;
        WaitingFrame* frame = _frames + number;
        _free = frame->Next;
        *frame = default;
        frame->Packet = *packet;
        frame->Packet.Connection = null;
        frame->Packet.Datagram = 0;
        frame->Packet.Neighbour = slot;
        frame->Slot = slot;
        frame->Life = life;
        frame->Deadline = Later(packet->Time, WaitTicks);
        frame->IsFirst = 1;
        frame->IsOwn = packet >= _worker.Packets + Worker.MaxBurst ? (byte)1 : (byte)0;
        _frames[_last].Next = number;
        _last = number;
        _first = _frames[0].Next;
        Count++;
        if (Count == 1)
        {
            // Looked at once in any case: the neighbour may have answered another worker since this one asked the table.
            _turns = Volatile.Read(ref _worker.Neighbours->Turns) - 1;
            _due = frame->Deadline;
        }

        ulong again = Later(Volatile.Read(ref NeighbourTable.At(_worker.Neighbours, slot)->Asked), Neighbours.QuestionTicks);
        _due = FragmentTable.IsDue(again, _due) ? again : _due;
        return frame;
    }

    ushort Unlink(ushort* link, ushort before)
    {
        ushort number = *link;
        WaitingFrame* frame = _frames + number;
        *link = frame->Next;
        _last = _last == number ? before : _last;
        _first = _frames[0].Next;
        Count--;
        _worker.State->Held--;
        return number;
    }

    void Free(ushort number)
    {
        WaitingFrame* frame = _frames + number;
        NeighbourEntry* entry = NeighbourTable.At(_worker.Neighbours, frame->Slot);
        if (frame->IsFirst != 0 && entry->Life == frame->Life)
        {
            Interlocked.Decrement(ref entry->Waiting);
        }

        frame->Next = _free;
        _free = number;
    }

    void AskAgain(ulong now)
    {
        NeighbourTable* table = _worker.Neighbours;
        for (ushort number = _first; number != 0; number = _frames[number].Next)
        {
            WaitingFrame* frame = _frames + number;
            NeighbourEntry* entry = NeighbourTable.At(table, frame->Slot);
            ulong word = Volatile.Read(ref entry->Word);
            ulong asked = Volatile.Read(ref entry->Asked);
            if (entry->Life != frame->Life || NeighbourEntry.StateOf(word) != NeighbourState.Incomplete
                || !FragmentTable.IsDue(Later(asked, Neighbours.QuestionTicks), now)
                || Interlocked.CompareExchange(ref entry->Asked, now, asked) != asked)
            {
                continue;
            }

            if (entry->Questions < Neighbours.MostQuestions)
            {
                Neighbours.Ask(_worker, _worker.Routes, frame->Slot, 0, &frame->Packet);
            }
            else if (NeighbourTable.Change(table, frame->Slot, word, NeighbourEntry.WordOf(0, NeighbourState.Failed), Timestamp.Tick(now)))
            {
                _worker.State->NeighboursFailed++;
            }
        }
    }

    /// <summary>Sends what can be sent; what cannot any more is taken out. Returns the first of that.</summary>
    ushort TakeOut(ulong now, uint cause)
    {
        ushort given = 0;
        ushort* last = &given;
        ushort* link = &_frames[0].Next;
        for (ushort before = 0; *link != 0;)
        {
            WaitingFrame* frame = _frames + *link;
            NeighbourEntry* entry = NeighbourTable.At(_worker.Neighbours, frame->Slot);
            ulong word = Volatile.Read(ref entry->Word);
            bool isIts = entry->Life == frame->Life;
            if (isIts && NeighbourEntry.IsUsable(word))
            {
                ushort sent = Unlink(link, before);
                Send(frame, entry, word, cause);
                Free(sent);
            }
            else if (isIts && NeighbourEntry.StateOf(word) == NeighbourState.Incomplete && !FragmentTable.IsDue(frame->Deadline, now))
            {
                before = *link;
                link = &frame->Next;
            }
            else
            {
                ushort number = Unlink(link, before);
                frame->Next = 0;
                *last = number;
                last = &frame->Next;
            }
        }

        return given;
    }

    void GiveUp(ushort given, ulong now, uint cause, bool byTime)
    {
        while (given != 0)
        {
            WaitingFrame* frame = _frames + given;
            ushort number = given;
            given = frame->Next;
            if (frame->IsFirst != 0)
            {
                TellSender(frame, now);
            }

            Tell(frame, HeldFate.None, DropReason.NeighbourUnresolved, now, byTime ? FragmentFate.NoCause : cause);
            _worker.State->Dropped[(int)DropReason.NeighbourUnresolved]++;
            Mbufs.FreeBulk(&frame->Frame, 1);
            Free(number);
        }

        if (_worker.Own->Count != 0)
        {
            Originate.Burst(_worker);
        }
    }

    /// <summary>The burst's packets have gone: the first one's place is free for this one.</summary>
    void TellSender(WaitingFrame* frame, ulong now)
    {
        if (frame->IsOwn != 0)
        {
            return;
        }

        if (_worker.Own->Count == Worker.MaxBurst)
        {
            Originate.Burst(_worker);
        }

        Packet* packet = _worker.Packets;
        *packet = frame->Packet;
        packet->Time = now;

        // Its connection may have ended since; the packet has been translated, and is found by what it has become.
        packet->Connection = null;
        IcmpErrors.Send(_worker, packet, IcmpMessages.NeighbourUnreachable);
    }

    void Send(WaitingFrame* frame, NeighbourEntry* entry, ulong word, uint cause)
    {
        RouteImage* routes = _worker.Routes;
        InterfaceEntry* port = RouteImage.InterfaceAt(routes, frame->Packet.OutInterface);
        bool runs = frame->Packet.OutInterface < routes->InterfaceCount && (port->Flags & InterfaceFlags.Running) != 0;
        Tell(frame, runs ? HeldFate.Sent : HeldFate.None, runs ? DropReason.None : DropReason.InterfaceDisabled, 0, cause);
        if (!runs)
        {
            _worker.State->Dropped[(int)DropReason.InterfaceDisabled]++;
            Mbufs.FreeBulk(&frame->Frame, 1);
            return;
        }

        NeighbourEntry.Use(entry, Timestamp.Tick(frame->Packet.Time));
        Transmit.Released(_worker, port, frame, word, cause);
    }

    void Schedule()
    {
        if (_first == 0)
        {
            return;
        }

        _due = _frames[_first].Deadline;
        for (ushort number = _first; number != 0; number = _frames[number].Next)
        {
            NeighbourEntry* entry = NeighbourTable.At(_worker.Neighbours, _frames[number].Slot);
            ulong again = Later(Volatile.Read(ref entry->Asked), Neighbours.QuestionTicks);
            _due = FragmentTable.IsDue(again, _due) ? again : _due;
        }
    }

    void Tell(WaitingFrame* frame, HeldFate fate, DropReason reason, ulong time, uint cause)
    {
        Feed* feed = _worker.Feed;
        if (feed != null & frame->IsFirst != 0 & frame->IsOwn == 0)
        {
            feed->Fates[feed->FateCount++] = new FragmentFate
            {
                Time = time,
                Number = frame->Packet.Number,
                Cause = cause,
                Reason = reason,
                Fate = fate,
            };
        }
    }

    static ulong Later(ulong time, uint ticks) => ((ulong)(Timestamp.Tick(time) + ticks) << 16) | Timestamp.Phase(time);
}
