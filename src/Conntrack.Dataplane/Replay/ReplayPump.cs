using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Parsing;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Replay;

/// <summary>
/// Drives the workers from capture files on virtual time: frames of all files in order of their timestamps, a burst at a time, and every
/// frame finished everywhere before the clock moves on.
/// </summary>
/// <remarks>
/// Virtual zero is the first frame of all files. Ties go by the order of the inputs, then by the order in the file; a timestamp older
/// than the one before it counts as now. With several workers a frame goes where a NIC with a symmetric RSS key would put a fragment, whose
/// ports it cannot know: by a direction-free hash of its addresses, so the whole meets its connection; an ICMP error to where the packet
/// it quotes went; or, to see it steered, as <see cref="FrameSpread.Scattered"/> says. A frame that may be handed over, or share something with
/// another worker's, is alone in its burst: fragments, errors, all near max-entries, all where connections are translated, a router's, whose workers share what they
/// know of neighbours, and all where rules remember. What is due happens at its instant, before the next frame, and no burst reaches beyond it.
/// </remarks>
sealed unsafe class ReplayPump : IDisposable
{
    readonly Worker[] _workers;
    readonly DataplaneSettings* _settings;
    readonly ReplayState* _state;
    readonly ReplaySource[] _sources;
    readonly Packet* _steering;
    readonly OutboxItem* _sent;
    readonly ReplayTrace _trace;
    uint _nextNumber;
    bool _started;

    public ReplayPump(Worker[] workers, DataplaneSettings* settings, ReplayState* state)
    {
        _workers = workers;
        _settings = settings;
        _state = state;
        _sources = new ReplaySource[state->InputCount];
        for (int i = 0; i < _sources.Length; i++)
        {
            _sources[i] = new ReplaySource(state->Inputs[i], state->Pool);
        }

        _steering = (Packet*)NativeMemory.AlignedAlloc((nuint)sizeof(Packet), 64);
        uint most = settings->Feeds->OutboxRoom * (uint)workers.Length;
        _sent = (OutboxItem*)NativeMemory.AllocZeroed(most, (nuint)sizeof(OutboxItem));
        _trace = new ReplayTrace(settings, state);
    }

    /// <summary>Runs bursts until the trace buffer is full or the files end. Returns the lines written, 0 at the end, or a negative errno.</summary>
    public int Step()
    {
        _trace.Begin();
        while (_trace.HasRoom)
        {
            uint first = _nextNumber;
            if (NextTime(out ulong next) && Elapse(next) is var due && due != 0)
            {
                if (due < 0)
                {
                    return due;
                }

                continue;
            }

            int taken = Gather(first);
            if (taken < 0 && _trace.Lines == 0)
            {
                return taken;
            }

            if (taken <= 0)
            {
                break;
            }

            RunBursts(first);
            int written = Deliver(first);
            _trace.Write(first, (uint)taken);
            if (written < 0)
            {
                return written;
            }
        }

        return (int)_trace.Lines;
    }

    /// <summary>
    /// Lets virtual time run on after the last frame, in nanoseconds; what is due by then has ended afterwards. Returns the lines of fragments
    /// that waited until now.
    /// </summary>
    public int Finish(ulong nanoseconds)
    {
        ulong end = _state->Now + nanoseconds;
        _trace.Begin();
        int status;
        while ((status = Elapse(end)) > 0)
        {
        }

        _state->Now = end;
        ulong now = Timestamp.FromMicroseconds(_state->Now / 1000);
        foreach (Worker worker in _workers)
        {
            worker.Fragments.Expire(now);
            worker.Fragments.Abandon();
            worker.Waiting.Abandon();
            worker.Connections4.SweepAll(now);
            worker.Connections6.SweepAll(now);
            worker.Connections4.ReleaseRemoved();
            worker.Connections6.ReleaseRemoved();
        }

        _trace.Write(_nextNumber, 0);
        return status < 0 ? status : (int)_trace.Lines;
    }

    /// <summary>Whether anything may be translated; in replay rules never change.</summary>
    bool Translates => (ImagePublication.Current<RuleImage>(_settings->Rules)->ChainsInUse & RuleChains.OfNat) != 0;

    /// <summary>Whether a rule asks how many connections are alive.</summary>
    bool Counts => (ImagePublication.Current<RuleImage>(_settings->Rules)->Dependence & RuleDependence.OfCounts) != 0;

    bool IsRouter => ImagePublication.Current<RouteImage>(_settings->Routes)->AddressCount != 0;

    /// <summary>
    /// Whether one worker sees what another one did a moment ago: what it knows of neighbours, what rules remember, and
    /// what helpers expect.
    /// </summary>
    bool IsShared => _workers.Length > 1
        && (IsRouter || _settings->Tracking->Helpers.Count != 0 || (ImagePublication.Current<RuleImage>(_settings->Rules)->Dependence & RuleDependence.OfWorkers) != 0);

    /// <summary>Whether the next burst may fill the table so far that connections give way: whose, all workers have to agree upon.</summary>
    bool IsPressed
    {
        get
        {
            long limit = _settings->Tracking->MaxEntries, used = Worker.MaxBurst;
            foreach (Worker worker in _workers)
            {
                used += worker.Connections4.View->Records.Count + worker.Connections6.View->Records.Count;
            }

            return used >= limit - (limit >> PressureScale.BeginShift);
        }
    }

    /// <summary>When the next frame comes; false when there is none, or the clock does not run yet.</summary>
    bool NextTime(out ulong time)
    {
        time = 0;
        if (!_started || Earliest(out ReplaySource? source) <= 0)
        {
            return false;
        }

        time = TimeOf(source!);
        return true;
    }

    ulong TimeOf(ReplaySource source) => Math.Max(_state->Now, (ulong)Math.Max(0, source.Head->TimeNs - _state->Epoch));

    /// <summary>When packets that wait for neighbours have to be looked at: the earliest of all workers, none for never. Nanoseconds.</summary>
    ulong Due()
    {
        ulong due = ulong.MaxValue;
        foreach (Worker worker in _workers)
        {
            ulong next = worker.State->NeighboursDue;
            due = next == 0 ? due : Math.Min(due, Timestamp.ToMicroseconds(next) * 1000);
        }

        return due;
    }

    /// <summary>The earliest of what is due by a time happens. 0 when nothing is, or a negative errno.</summary>
    int Elapse(ulong time)
    {
        ulong due = Due();
        if (due > time)
        {
            return 0;
        }

        // Due in whole microseconds, after a frame within one: time does not run backwards.
        _state->Now = Math.Max(_state->Now, due);
        for (uint w = 0; w < _workers.Length; w++)
        {
            (_settings->Feeds + w)->Now = Timestamp.FromMicroseconds(_state->Now / 1000);
        }

        RunBursts(_nextNumber);
        for (uint w = 0; w < _workers.Length; w++)
        {
            (_settings->Feeds + w)->Now = 0;
        }

        int written = Deliver(_nextNumber);
        _trace.Write(_nextNumber, 0);
        return written < 0 ? written : 1;
    }

    /// <summary>
    /// Every worker runs until none has anything left for another; and of a router once more where there are several, for what one hears of a
    /// neighbour others may wait for.
    /// </summary>
    void RunBursts(uint first)
    {
        int rounds = IsRouter & _workers.Length > 1 ? 2 : 1;
        if (_workers.Length > 1 && (Translates || Counts || IsPressed))
        {
            ReclaimExpired();
        }

        for (int left = rounds; left > 0; left = IsHandingOver ? rounds : left - 1)
        {
            for (uint w = 0; w < _workers.Length; w++)
            {
                Worker worker = _workers[w];
                _trace.Offer(_settings->Feeds + w, first);
                worker.RunBurst<Unmeasured>();
                worker.Fragments.Expire(Timestamp.FromMicroseconds(_state->Now / 1000));
                worker.CommitAhead();
            }
        }
    }

    /// <summary>
    /// What another worker's expired connection had as its reply is free from that instant on, as a worker's own is, and nobody counts it any more.
    /// </summary>
    void ReclaimExpired()
    {
        ulong now = Timestamp.FromMicroseconds(_state->Now / 1000);
        foreach (Worker worker in _workers)
        {
            worker.EndExpired(now);
        }
    }

    /// <summary>Whether anything is on its way between two workers.</summary>
    bool IsHandingOver
    {
        get
        {
            ulong frames = 0;
            foreach (Worker worker in _workers)
            {
                frames += worker.State->HandedOver - worker.State->TakenOver;
            }

            return frames != 0;
        }
    }

    /// <summary>Frames of one burst into the workers' feeds. Returns how many, 0 at the end, or an error when there is nothing before it.</summary>
    int Gather(uint first)
    {
        const ulong Second = 1_000_000_000;
        int taken = 0;
        ulong began = 0;
        ulong due = IsRouter ? Due() : ulong.MaxValue;
        bool oneByOne = IsShared || (_workers.Length > 1 && (Translates || _state->Spread != FrameSpread.Addresses || IsPressed));
        uint most = oneByOne ? 1 : _settings->BurstSize;
        for (; taken < most; taken++)
        {
            int found = Earliest(out ReplaySource? source);
            if (found <= 0)
            {
                return taken > 0 ? taken : found;
            }

            CaptureMeta* frame = source!.Head;
            if (!_started)
            {
                _started = true;
                _state->Epoch = frame->TimeNs;
                for (int w = 0; w < _workers.Length; w++)
                {
                    _settings->RuleMemory[w].Epoch = (ulong)_state->Epoch / 1000;
                }
            }

            // What this burst begins to wait for is due in a second at the earliest.
            ulong now = TimeOf(source);
            if (taken > 0 && IsRouter && (now >= due || now - began >= Second))
            {
                return taken;
            }

            uint worker = WorkerOf(source.HeadMbuf, out bool isAlone);
            if (isAlone & taken > 0)
            {
                return taken;
            }

            began = taken == 0 ? now : began;
            _state->Now = now;
            _trace.Frame(_nextNumber - first, source.FrameNumber, source.Interface);
            var item = new FeedItem
            {
                Mbuf = source.HeadMbuf,
                Time = Timestamp.FromMicroseconds(_state->Now / 1000),
                Number = _nextNumber++,
                Interface = source.Interface,
                Truncated = frame->CapturedLength < frame->WireLength ? (byte)1 : (byte)0,
            };
            source.Advance();
            Feed* feed = _settings->Feeds + worker;
            feed->Items[feed->Count++] = item;
            if (isAlone)
            {
                return taken + 1;
            }
        }

        return taken;
    }

    int Earliest(out ReplaySource? earliest)
    {
        earliest = null;
        for (int i = 0; i < _sources.Length; i++)
        {
            ReplaySource source = _sources[i];
            int filled = source.Fill();
            if (filled < 0)
            {
                _state->FailedInput = (uint)i;
                _state->FailedFrame = source.FrameNumber;
                return filled;
            }

            if (filled > 0 && (earliest == null || source.Head->TimeNs < earliest.Head->TimeNs))
            {
                earliest = source;
            }
        }

        return earliest == null ? 0 : 1;
    }

    /// <summary>Where the next frame goes, and whether it may be handed over from there.</summary>
    uint WorkerOf(Mbuf* mbuf, out bool isAlone)
    {
        isAlone = false;
        if (_workers.Length == 1)
        {
            return 0;
        }

        *_steering = default;
        _steering->Mbuf = mbuf;
        _steering->FrameLength = mbuf->PacketLength;
        FlowHash* hash = _workers[0].Hash;
        if (PacketParser.Parse(_steering, ChecksumPolicy.Ignore, hash) != DropReason.None || _steering->Family == PacketFamily.NotIp)
        {
            return 0;
        }

        const PacketMarks Strays = PacketMarks.IcmpError | PacketMarks.Fragment;
        const PacketMarks Kinds = Strays | PacketMarks.TransportMalformed;
        Packet* packet = _steering;
        isAlone = (packet->Marks & Strays) != 0;
        uint workers = (uint)_workers.Length;
        if (_state->Spread == FrameSpread.Scattered)
        {
            return isAlone ? _nextNumber % workers : packet->Hash % workers;
        }

        QuotedPacket quoted;
        if ((packet->Marks & Kinds) == PacketMarks.IcmpError && QuotedPacket.TryRead(packet, hash, &quoted))
        {
            packet = &quoted.Answer;
        }

        return SteeringKey.WorkerOfAddresses(hash, packet, workers);
    }

    /// <summary>Writes what the workers sent, in the order of the frames that caused it, and frees it.</summary>
    int Deliver(uint first)
    {
        int count = 0;
        for (int w = 0; w < _workers.Length; w++)
        {
            Feed* feed = _settings->Feeds + w;
            for (uint i = 0; i < feed->Sent; i++)
            {
                // Insertion keeps the order of frames: each worker's outbox is in order already, so this moves little.
                int at = count++;
                for (; at > 0 && OutboxItem.IsBefore(feed->Outbox + i, _sent + at - 1); at--)
                {
                    _sent[at] = _sent[at - 1];
                }

                _sent[at] = feed->Outbox[i];
            }

            feed->Sent = 0;
        }

        int status = 0;
        for (int i = 0; i < count; i++)
        {
            OutboxItem item = _sent[i];
            nint writer = _state->Writers[item.Interface];
            if (writer != 0 && status >= 0)
            {
                long time = _state->Epoch + (long)(item.Number - first < _trace.Frames ? _trace.NanosecondsOf(item.Number - first) : _state->Now);
                status = Captures.Write(writer, &item.Mbuf, &time, 1);
                _state->FailedInterface = item.Interface;
            }

            Mbufs.FreeBulk(&item.Mbuf, 1);
        }

        return status;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ReplaySource source in _sources)
        {
            source.Dispose();
        }

        NativeMemory.AlignedFree(_steering);
        NativeMemory.Free(_sent);
        _trace.Dispose();
    }
}
