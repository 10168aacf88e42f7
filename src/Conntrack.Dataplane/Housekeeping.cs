using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Stages;
using Conntrack.Memory;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Dataplane;

/// <summary>
/// What a worker does besides packets, a bounded slice after every burst: answers commands, releases records that packets of the burst may have pointed at,
/// gives up fragments, sweeps deadlines, keeps FastTrack's samples seldom, grows the index. A sweep passes over every record once in
/// <see cref="SweepPeriod"/>.
/// </summary>
sealed unsafe class Housekeeping(Worker worker)
{
    /// <summary>
    /// Ticks between the starts of two sweeps: 100 ms. An expired record found by a packet counts as gone whenever the sweep comes, so this
    /// only decides how long its memory stays in use.
    /// </summary>
    const uint SweepPeriod = 10;

    /// <summary>Deadlines looked at per burst: 64 vector compares, below 0.1 µs.</summary>
    const int SweepSlice = 512;

    /// <summary>
    /// Connections ended per burst, besides one for each of its packets: what a flood opens with every packet has to end as fast, or the
    /// table fills with what is over.
    /// </summary>
    const int ReclaimSlice = 8;

    /// <summary>Buckets divided per burst at most, beyond those that inserts divide.</summary>
    const int GrowSlice = 2;

    readonly NeighbourAging _aging = new(worker);
    ulong _now;
    uint _sweepStarted;
    uint _idle;
    int _remaining4;
    int _remaining6;

    /// <param name="packets">Packets of the burst.</param>
    /// <param name="time">When the last of them came, if there were any.</param>
    public void Slice(int packets, ulong time)
    {
        if (worker.Mailbox != null)
        {
            Commands.Slice(worker);
        }

        if (worker.Fragments.HasJoined)
        {
            worker.Fragments.ReleaseJoined();
        }

        worker.Connections4.ReleaseRemoved();
        worker.Connections6.ReleaseRemoved();
        if (packets != 0)
        {
            _now = time;
        }
        else if (worker.Feed != null)
        {
            _now = Math.Max(_now, worker.Feed->Now);
        }
        else if ((++_idle & 63) == 0)
        {
            // Without packets nothing reads the clock, and connections still have to end.
            _now = worker.Clock.Now();
        }

        Observed(worker.Connections4.View);
        if (_now == 0)
        {
            return;
        }

        if (worker.Offloads != null)
        {
            HardwareOffload.Heed(worker, _now);
        }

        worker.Room?.Slice(_now);
        if (!worker.Fragments.IsEmpty)
        {
            worker.Fragments.Expire(_now);
        }

        if (worker.Waiting.Count != 0 || worker.State->NeighboursDue != 0)
        {
            AttendNeighbours(packets);
        }

        if (worker.Index == 0)
        {
            _aging.Slice(_now);
            if (Volatile.Read(ref worker.Expectations->Count) != 0)
            {
                ExpectationTable.Sweep(worker.Expectations, _now);
            }
        }

        uint tick = Timestamp.Tick(_now);
        if (tick - _sweepStarted >= SweepPeriod && _remaining4 == 0 && _remaining6 == 0)
        {
            _sweepStarted = tick;
            _remaining4 = (int)worker.Connections4.View->Records.HighWater;
            _remaining6 = (int)worker.Connections6.View->Records.HighWater;
        }

        if (_remaining4 > 0)
        {
            worker.Connections4.SweepSlice(_now, SweepSlice, ReclaimSlice + packets, out int seen);
            _remaining4 = Math.Max(0, _remaining4 - seen);
        }

        if (_remaining6 > 0)
        {
            worker.Connections6.SweepSlice(_now, SweepSlice, ReclaimSlice + packets, out int seen);
            _remaining6 = Math.Max(0, _remaining6 - seen);
        }

        worker.Flows4.KeepPace(tick);
        worker.Flows6.KeepPace(tick);
        worker.Connections4.View->Index.Grow(GrowSlice);
        worker.Connections6.View->Index.Grow(GrowSlice);
        if (worker.Feed == null)
        {
            // What was said meanwhile to neighbours; else there is nothing.
            Transmit.Flush(worker);
        }
    }

    /// <summary>What the control side looks at: the time of what happens, and a window of who does it.</summary>
    void Observed(TableView* view)
    {
        if (view->Talkers != null)
        {
            TalkerSketch.Follow(view->Talkers);
        }

        EventRing* events = (EventRing*)Volatile.Read(ref *(nint*)&view->Events);
        if (events != null)
        {
            events->Now = _now;
        }
    }

    /// <summary>Packets that wait for neighbours.</summary>
    void AttendNeighbours(int packets)
    {
        Feed* feed = worker.Feed;
        uint cause = feed != null ? feed->FirstNumber : 0;
        worker.Waiting.Attend(_now, cause, feed == null || (packets == 0 && feed->Now != 0));
        Volatile.Write(ref worker.State->NeighboursDue, worker.Waiting.Due);
    }
}
