using System.Security.Cryptography;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.Memory;
using Conntrack.Tracking;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Dataplane.Hosting;

/// <content>What happens to connections, told as it happens; and what a look at all of them once a second tells.</content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>
    /// Lets the workers tell what happens to their connections; what they told before is passed over. One reader, who calls
    /// <see cref="TryReadEvent"/> until <see cref="EndWatching"/>.
    /// </summary>
    public void BeginWatching()
    {
        lock (_changes)
        {
            for (int w = 0; w < _settings->Workers; w++)
            {
                EventRing* ring = _events + w;
                if (ring->Lines == null)
                {
                    ring->Lines = _memory.Allocate<ConnectionEvent>(EventRing.Capacity);
                }

                EventRing.Clear(ring);
                ring->Now = Now;
                Tell(w, ring);
            }
        }
    }

    /// <summary>Lets them be silent again.</summary>
    public void EndWatching()
    {
        lock (_changes)
        {
            for (int w = 0; w < _settings->Workers; w++)
            {
                Tell(w, null);
            }
        }
    }

    /// <summary>The oldest event of a worker that was not read yet.</summary>
    public bool TryReadEvent(int worker, out DataplaneEvent happened)
    {
        ConnectionEvent* line = EventRing.Next(_events + worker);
        if (line == null)
        {
            happened = default;
            return false;
        }

        ConnectionSnapshot snapshot = ConnectionReader.OfEvent(line);
        happened = new DataplaneEvent(
            line->Kind, line->End, line->Time, line->LostBefore,
            new LiveConnection(new ConnectionIdentity(worker, snapshot.IsIpv6, snapshot.Generation, snapshot.Record), snapshot));
        EventRing.Release(_events + worker);
        return true;
    }

    /// <summary>Events of a worker that found its ring full since the start.</summary>
    public ulong LostEvents(int worker) => _events[worker].Lost;

    /// <summary>
    /// The next piece of the look at all connections, as much of it as is due: called every few milliseconds by one thread. It reads 128 bytes of
    /// every connection once a second.
    /// </summary>
    public void SurveyStep() => _survey.Step(Now);

    /// <summary>What the latest look has shown.</summary>
    public SurveyResult Survey => _survey.Latest;

    void Tell(int worker, EventRing* ring)
    {
        Volatile.Write(ref *(nint*)&_settings->WorkerStates[worker].Connections4->Events, (nint)ring);
        Volatile.Write(ref *(nint*)&_settings->WorkerStates[worker].Connections6->Events, (nint)ring);
    }

    /// <summary>Once the workers have their tables.</summary>
    void Observe()
    {
        for (int w = 0; w < _settings->Workers; w++)
        {
            TalkerSketch* talkers = _memory.Allocate<TalkerSketch>(1);
            TalkerSketch.Initialize(talkers, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
            _settings->WorkerStates[w].Connections4->Talkers = talkers;
            _settings->WorkerStates[w].Connections6->Talkers = talkers;
        }
    }
}

/// <summary>Something that happened to a connection, and the connection as it was then.</summary>
/// <param name="Kind">What.</param>
/// <param name="End">Why, of an end.</param>
/// <param name="Time">When, see <see cref="Timestamp"/>; exact to a burst.</param>
/// <param name="LostBefore">Events of its worker that were lost before it, since the start.</param>
/// <param name="Connection">The connection; counters of an end are its totals.</param>
public readonly record struct DataplaneEvent(EventKind Kind, ConnectionEnd End, ulong Time, ulong LostBefore, LiveConnection Connection);
