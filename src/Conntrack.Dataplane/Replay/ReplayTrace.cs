using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Replay;

/// <summary>
/// The trace of a replay: a line for every frame in order of processing, of a held fragment when its fate is known. The order does not depend
/// on where a burst was cut: the fragments whose wait a frame ends come right before that frame, those whose time is over before the first
/// frame that does not come earlier, and at the end those that were never waited out.
/// </summary>
sealed unsafe class ReplayTrace : IDisposable
{
    /// <summary>Behind every frame, in place of its number: what ends with the replay.</summary>
    const uint AtEnd = uint.MaxValue;

    readonly DataplaneSettings* _settings;
    readonly ReplayState* _state;

    // The burst's frames by number, and held frames in slots.
    readonly TraceItem* _frames;
    readonly RuleTrace* _frameRules;
    readonly TraceItem* _held;
    readonly RuleTrace* _heldRules;
    readonly Dictionary<uint, int> _slotOf = [];
    readonly Stack<int> _freeSlots = [];

    // Lines to be written: the number of the frame they come with in the upper half, their own in the lower.
    readonly ulong[] _order;
    readonly uint _mostHeld;

    public ReplayTrace(DataplaneSettings* settings, ReplayState* state)
    {
        _settings = settings;
        _state = state;
        _mostHeld = (settings->HeldBuffers + NeighbourQueue.Capacity + Worker.MaxBurst) * settings->Workers;
        _frames = (TraceItem*)NativeMemory.AllocZeroed(Worker.MaxBurst, (nuint)sizeof(TraceItem));
        _held = (TraceItem*)NativeMemory.AllocZeroed(_mostHeld, (nuint)sizeof(TraceItem));
        if (state->Rules != null)
        {
            _frameRules = (RuleTrace*)NativeMemory.AllocZeroed(Worker.MaxBurst, (nuint)sizeof(RuleTrace));
            _heldRules = (RuleTrace*)NativeMemory.Alloc(_mostHeld, (nuint)sizeof(RuleTrace));
        }

        _order = new ulong[_mostHeld + Worker.MaxBurst];
        for (int slot = (int)_mostHeld - 1; slot >= 0; slot--)
        {
            _freeSlots.Push(slot);
        }
    }

    /// <summary>Lines written since <see cref="Begin"/>.</summary>
    public uint Lines { get; private set; }

    /// <summary>Whether the lines of another burst fit, should it end every wait.</summary>
    public bool HasRoom => Lines + (uint)_slotOf.Count + Worker.MaxBurst <= _state->TraceCapacity;

    /// <summary>The lines before have been read.</summary>
    public void Begin() => Lines = 0;

    /// <summary>A frame of the next burst, arriving now.</summary>
    public void Frame(uint place, uint frameNumber, ushort port)
    {
        Frames = place + 1;
        _frames[place] = new TraceItem
        {
            Nanoseconds = _state->Now,
            FrameNumber = frameNumber,
            Interface = port,
            Rule = Packet.NoRule,
        };
        if (_frameRules != null)
        {
            _frameRules[place].Clear();
        }
    }

    /// <summary>Frames of the burst.</summary>
    public uint Frames { get; private set; }

    /// <summary>When a frame of the burst arrived, virtual time.</summary>
    public ulong NanosecondsOf(uint place) => _frames[place].Nanoseconds;

    /// <summary>Tells a worker where to say what happened.</summary>
    public void Offer(Feed* feed, uint first)
    {
        feed->Trace = _frames;
        feed->Rules = _frameRules;
        feed->FirstNumber = first;
    }

    /// <summary>Writes what a burst of this many frames has decided.</summary>
    public void Write(uint first, uint count)
    {
        int lines = 0;
        for (uint place = 0; place < count; place++)
        {
            if (_frames[place].Path == Packet.HeldPath)
            {
                Hold(first + place, place);
            }
            else
            {
                _order[lines++] = Key(first + place, first + place);
            }
        }

        for (uint worker = 0; worker < _settings->Workers; worker++)
        {
            Feed* feed = _settings->Feeds + worker;
            for (uint i = 0; i < feed->FateCount; i++)
            {
                FragmentFate* fate = feed->Fates + i;
                Decide(fate);
                _order[lines++] = Key(CauseOf(fate, first, count), fate->Number);
            }

            feed->FateCount = 0;
        }

        Frames = 0;
        Array.Sort(_order, 0, lines);
        for (int line = 0; line < lines; line++)
        {
            Append((uint)_order[line], first);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_frames);
        NativeMemory.Free(_frameRules);
        NativeMemory.Free(_held);
        NativeMemory.Free(_heldRules);
    }

    static ulong Key(uint cause, uint number) => ((ulong)cause << 32) | number;

    void Hold(uint number, uint place)
    {
        int slot = _freeSlots.Pop();
        _slotOf.Add(number, slot);
        _held[slot] = _frames[place];
        _held[slot].Path = 0;
        if (_heldRules != null)
        {
            _heldRules[slot] = _frameRules[place];
        }
    }

    void Decide(FragmentFate* fate)
    {
        TraceItem* item = _held + _slotOf[fate->Number];
        item->Reason = fate->Reason;
        item->Fate = fate->Fate;
        if (fate->Fate == HeldFate.Sent)
        {
            return;
        }

        item->OutInterface = Packet.NoInterface;
        item->Verdict = fate->Reason == DropReason.None ? Verdict.Consume : Verdict.Drop;
    }

    /// <summary>The frame that a line comes with; of what time decided, the first of the burst that does not come earlier.</summary>
    uint CauseOf(FragmentFate* fate, uint first, uint count)
    {
        if (fate->Cause != FragmentFate.NoCause)
        {
            return fate->Cause;
        }

        if (fate->Fate == HeldFate.StillHeld)
        {
            return AtEnd;
        }

        for (uint place = 0; place < count; place++)
        {
            if (FragmentTable.IsDue(fate->Time, Timestamp.FromMicroseconds(_frames[place].Nanoseconds / 1000)))
            {
                return first + place;
            }
        }

        return AtEnd - 1;
    }

    void Append(uint number, uint first)
    {
        TraceItem* item = _frames + (number - first);
        RuleTrace* rules = _frameRules + (number - first);
        if (_slotOf.Remove(number, out int slot))
        {
            item = _held + slot;
            rules = _heldRules + slot;
            _freeSlots.Push(slot);
        }

        _state->Trace[Lines] = *item;
        if (_heldRules != null)
        {
            _state->Rules[Lines] = *rules;
        }

        Lines++;
    }
}
