using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Dataplane.Hosting.Observation;

/// <summary>
/// A look at every connection once a second, by the control side and in slices: rates, and who holds how many entries. The workers pay nothing for
/// it but what their caches lose to another reader. What is over before anybody looks, connections opened and packets dropped, they count themselves
/// in a <see cref="TalkerSketch"/>, whose windows turn with the looks.
/// </summary>
sealed unsafe class ConnectionSurvey : IDisposable
{
    /// <summary>Connections remembered as the fastest.</summary>
    const int MostFastest = 50;

    /// <summary>Tables of counters for who holds how many entries: 8192 counters a side.</summary>
    const int Parts = 16;

    /// <summary>Records of a step at most, so that the control thread is back within a millisecond.</summary>
    const uint LargestStep = 32_768;

    const ulong PassMicroseconds = 1_000_000;

    readonly DataplaneSettings* _settings;
    readonly RateBook[] _books;
    readonly TalkerCounts* _sources;
    readonly TalkerCounts* _destinations;
    readonly PriorityQueue<ulong, ulong> _fastest = new();
    uint _table, _record = 1;
    ulong _passed, _began, _turned, _window;
    bool _turning;
    volatile SurveyResult _latest = SurveyResult.None;

    public ConnectionSurvey(DataplaneSettings* settings)
    {
        _settings = settings;
        _books = [.. Enumerable.Range(0, 2 * (int)settings->Workers).Select(_ => new RateBook())];
        _sources = (TalkerCounts*)NativeMemory.AlignedAlloc(2 * Parts * TalkerCounts.ByteSize, 64);
        _destinations = _sources + Parts;
        Clear();
    }

    public SurveyResult Latest => _latest;

    public void Dispose() => NativeMemory.AlignedFree(_sources);

    /// <summary>Bits a second of a connection; null while nobody has measured them.</summary>
    public (ulong Original, ulong Reply)? RatesOf(ConnectionIdentity identity, in ConnectionSnapshot snapshot, ulong now) => _began == 0
        ? null
        : _books[(2 * identity.Worker) + (identity.IsIpv6 ? 1 : 0)].RatesOf(identity.Record, identity.Generation)
            ?? RateBook.OfYoung(snapshot.StartTick, snapshot.OriginalCounters.Bytes, snapshot.ReplyCounters.Bytes, now);

    /// <summary>Goes on with the look under way, as far as it should have come by now.</summary>
    public void Step(ulong now)
    {
        ulong time = Timestamp.ToMicroseconds(now);
        if (_began == 0)
        {
            _began = _turned = Math.Max(time, 1);
        }

        ReadWindows();
        ulong total = 0;
        for (uint t = 0; t < 2 * _settings->Workers; t++)
        {
            total += _settings->Tables[t]->Records.HighWater;
        }

        ulong due = total * Math.Min(time - _began, PassMicroseconds) / PassMicroseconds;
        ulong budget = due > _passed ? Math.Min(due - _passed, LargestStep) : 0;
        while (budget > 0 && _table < 2 * _settings->Workers)
        {
            TableView* table = _settings->Tables[_table];
            if (_record > table->Records.HighWater)
            {
                _table++;
                _record = 1;
                continue;
            }

            Look(table, _record++, now);
            _passed++;
            budget--;
        }

        if (time - _began >= PassMicroseconds && (_passed >= total || _table == 2 * _settings->Workers))
        {
            End(time);
        }
    }

    void Look(TableView* table, uint number, ulong now)
    {
        int worker = (int)(_table / 2);
        bool isIpv6 = (_table & 1) != 0;
        WorkerState* state = _settings->WorkerStates + worker;
        if (isIpv6)
        {
            var record = (Connection6*)table->Records.Base + number;
            Look(table, record, &record->Connection, FlowLookup.Of(state->Flows6), worker, number, now);
        }
        else
        {
            var record = (Connection4*)table->Records.Base + number;
            Look(table, record, &record->Connection, FlowLookup.Of(state->Flows4), worker, number, now);
        }
    }

    void Look<TRecord>(TableView* table, TRecord* record, Connection* connection, FlowLookup flows, int worker, uint number, ulong now)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const ConnectionFlags Judged = ConnectionFlags.Confirmed | ConnectionFlags.Dying;
        ushort generation = Volatile.Read(ref connection->Generation);
        if ((generation & 1) == 0 || (connection->Flags & Judged) != ConnectionFlags.Confirmed)
        {
            return;
        }

        TalkerPair talkers = TRecord.TalkersOf(record);
        uint start = connection->StartTick;
        (uint original, uint reply) = ConnectionReader.Bytes(table, record, flows, number);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref connection->Generation) != generation)
        {
            return;
        }

        Add(_sources, talkers.Source);
        Add(_destinations, talkers.Destination);
        ulong rate = _books[_table].Note(number, generation, start, original, reply, now);
        if (rate != 0 && (_fastest.Count < MostFastest || (_fastest.TryPeek(out _, out ulong slowest) && rate > slowest)))
        {
            ulong identity = new ConnectionIdentity(worker, sizeof(TRecord) == Connection6.ByteSize, generation, number).Value;
            if (_fastest.Count < MostFastest)
            {
                _fastest.Enqueue(identity, rate);
            }
            else
            {
                _fastest.EnqueueDequeue(identity, rate);
            }
        }
    }

    static void Add(TalkerCounts* counts, UInt128 address) =>
        TalkerCounts.Add(counts + (int)((ulong)address * 0x9e37_79b9_7f4a_7c15 >> 60), address, 1);

    /// <summary>Tells what the look has shown, and begins another one.</summary>
    void End(ulong time)
    {
        var fastest = new ulong[_fastest.Count];
        for (int n = fastest.Length - 1; n >= 0; n--)
        {
            fastest[n] = _fastest.Dequeue();
        }

        _latest = _latest with { Entries = Ranking(_sources, _destinations, Parts), Fastest = fastest };
        Clear();
        (_table, _record, _passed) = (0, 1, 0);
        _began = time;
        if (!_turning)
        {
            _turning = true;
            _window = time - _turned;
            _turned = time;
            for (int w = 0; w < _settings->Workers; w++)
            {
                TalkerSketch.Turn(_settings->Tables[2 * w]->Talkers);
            }
        }
    }

    /// <summary>Once every worker counts in another window: what the one before has shown.</summary>
    void ReadWindows()
    {
        if (!_turning)
        {
            return;
        }

        for (int w = 0; w < _settings->Workers; w++)
        {
            if (!TalkerSketch.HasTurned(_settings->Tables[2 * w]->Talkers))
            {
                return;
            }
        }

        _turning = false;
        _latest = _latest with { Opened = Rate(TalkerKind.Opened), Dropped = Rate(TalkerKind.Dropped) };
    }

    TalkerRanking Rate(TalkerKind kind)
    {
        TalkerSum sources = new(), destinations = new();
        for (int w = 0; w < _settings->Workers; w++)
        {
            TalkerSketch* sketch = _settings->Tables[2 * w]->Talkers;
            sources.Add(TalkerSketch.Last(sketch, kind, source: true));
            destinations.Add(TalkerSketch.Last(sketch, kind, source: false));
        }

        double scale = PassMicroseconds / (double)Math.Max(_window, 1);
        return new TalkerRanking(TalkerSum.Scaled(sources.Total, scale), sources.Heaviest(scale), destinations.Heaviest(scale));
    }

    static TalkerRanking Ranking(TalkerCounts* sources, TalkerCounts* destinations, int parts)
    {
        TalkerSum bySource = new(), byDestination = new();
        for (int part = 0; part < parts; part++)
        {
            bySource.Add(sources + part);
            byDestination.Add(destinations + part);
        }

        return new TalkerRanking(bySource.Total, bySource.Heaviest(1), byDestination.Heaviest(1));
    }

    void Clear() => NativeMemory.Clear(_sources, 2 * Parts * TalkerCounts.ByteSize);
}
