using Conntrack.Tracking.Table;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>The table against a plain dictionary, through random packets, timeouts, evictions and limits, on virtual time.</summary>
public sealed unsafe class ConnectionTableModelTests
{
    const int Flows = 48;

    /// <summary>As many as an eviction samples, so that the victim is always exactly the oldest.</summary>
    const uint Capacity = 32;

    [Fact]
    public void Ipv4_agrees_with_a_dictionary() => CheckAll<Connection4, Flows4>();

    [Fact]
    public void Ipv6_agrees_with_a_dictionary() => CheckAll<Connection6, Flows6>();

    static void CheckAll<TRecord, TFlows>()
        where TRecord : unmanaged, IConnectionRecord<TRecord>
        where TFlows : IFlows<TRecord> =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(250).WithEndSize(900),
            Prop.ForAll(Operations.Arbitrary(), operations =>
            {
                using Run<TRecord, TFlows> run = new(operations.Length);
                foreach (int operation in operations)
                {
                    run.Step(operation);
                }

                run.CompareAll();
            }));

    sealed class Entry
    {
        public required int Flow;
        public required uint Record;
        public required ushort Generation;
        public required int Created;
        public required bool Translated;
        public ulong End;
        public EvictionClass Class;
    }

    sealed class Run<TRecord, TFlows> : IDisposable
        where TRecord : unmanaged, IConnectionRecord<TRecord>
        where TFlows : IFlows<TRecord>
    {
        // Program length picks the first limit, so that shrinking changes little else, and small limits come often.
        static readonly uint[] s_limits = [1, 4, 12, 24, Capacity];

        readonly TableUnderTest<TRecord, TFlows> _test;
        readonly Dictionary<int, Entry> _model = [];
        uint _limit;
        int _created;
        ulong _expired;
        ulong _evicted;
        ulong _removed;

        public Run(int length)
        {
            _limit = s_limits[length % s_limits.Length];

            // Close to the wrap of the ticks, which every program that runs for a while crosses.
            _test = new(_limit, Capacity) { Now = (((1ul << 32) - 700) * 10_000) + 1234 };
        }

        ConnectionTable<TRecord> Table => _test.Table;

        public void Step(int operation)
        {
            (int kind, int argument) = Operations.Decode(operation, 16);
            int flow = argument % Flows;
            int rest = argument / Flows;
            switch (kind)
            {
                case <= 5:
                    PacketOf(
                        flow, reply: (rest & 1) != 0, translatedIfNew: (rest & 2) != 0, claimsIfNew: (rest & 4) != 0, (uint)(rest >> 3) % 300, (EvictionClass)(rest % 3));
                    break;
                case 6 or 7:
                    _test.Now += (ulong)(argument % 40_000);
                    break;
                case 8:
                    _test.Now += (ulong)(argument % 900_000);
                    break;
                case 9:
                    Remove(flow);
                    break;
                case 10:
                    Assert.Equal(Forget(e => e.End <= _test.Now, ref _expired), Table.SweepAll(_test.Time));
                    break;
                case 11:
                    SweepSlice(argument % 64);
                    break;
                case 12:
                    Touch(flow, rest);
                    break;
                case 13:
                    _test.View->MaxEntries = _limit = s_limits[argument % s_limits.Length];
                    break;
                case 14:
                    Unconfirmed(flow, rest % Flows, translated: (rest / Flows & 1) != 0);
                    break;
                default:
                    Assert.True(_test.View->CommitAhead());
                    CompareAll();
                    break;
            }

            CompareCounters();
        }

        public void CompareAll()
        {
            foreach (Entry entry in _model.Values)
            {
                Connection* connection = Table.ConnectionAt(entry.Record);
                Assert.Equal(entry.Generation, connection->Generation);
                Assert.Equal(1, entry.Generation & 1);
                Assert.Equal(entry.End <= _test.Now, Table.IsExpired(entry.Record, _test.Time));
                if (entry.End > _test.Now)
                {
                    Assert.Equal(entry.Record, _test.Find(entry.Flow, false, false, out int direction));
                    Assert.Equal(0, direction);
                    Assert.Equal(entry.Record, _test.Find(entry.Flow, true, entry.Translated, out direction));
                    Assert.Equal(1, direction);

                    // The mirror of a translated connection's original tuple is no part of it, nor is a translation it does not have.
                    Assert.Equal(0u, _test.Find(entry.Flow, true, !entry.Translated, out direction));
                    Assert.Equal(-1, direction);
                }
            }
        }

        public void Dispose() => _test.Dispose();

        void PacketOf(int flow, bool reply, bool translatedIfNew, bool claimsIfNew, uint ticks, EvictionClass evictable)
        {
            Entry? known = _model.GetValueOrDefault(flow);
            bool translated = known?.Translated ?? translatedIfNew;
            uint record = _test.Find(flow, reply, translated, out int direction);
            if (known != null && known.End <= _test.Now)
            {
                _model.Remove(flow);
                _expired++;
                known = null;
            }

            Assert.Equal(known?.Record ?? 0, record);
            Assert.Equal(known == null ? -1 : reply ? 1 : 0, direction);
            if (known == null && !reply)
            {
                bool room = MakeRoom();
                uint opened = _test.Open(flow, ticks, evictable, translatedIfNew, claimsIfNew);
                Assert.Equal(room, opened != 0);
                if (room)
                {
                    known = new Entry
                    {
                        Flow = flow,
                        Record = opened,
                        Generation = Table.ConnectionAt(opened)->Generation,
                        Created = ++_created,
                        Translated = translatedIfNew,
                        Class = evictable,
                    };
                    _model[flow] = known;
                }
            }
            else if (known != null)
            {
                Table.Refresh(known.Record, Table.ConnectionAt(known.Record), _test.Time, ticks);
            }

            if (known != null)
            {
                known.End = _test.Now + (ticks * 10_000ul);
            }
        }

        /// <summary>What a new connection does to a full table: everything expired goes, then the oldest of the readiest class.</summary>
        bool MakeRoom()
        {
            if (_model.Count < _limit)
            {
                return true;
            }

            Forget(e => e.End <= _test.Now, ref _expired);
            for (int evictions = 0; _model.Count >= _limit; evictions++)
            {
                List<Entry> candidates = [.. _model.Values.Where(e => e.Class == EvictionClass.HalfOpen)];
                if (candidates.Count == 0)
                {
                    candidates = [.. _model.Values.Where(e => e.Class == EvictionClass.Unassured)];
                }

                if (candidates.Count == 0 || evictions == 8)
                {
                    return false;
                }

                _model.Remove(candidates.MinBy(e => e.Created)!.Flow);
                _evicted++;
            }

            return true;
        }

        void Remove(int flow)
        {
            if (_model.Remove(flow, out Entry? entry))
            {
                Table.Remove(entry.Record, ConnectionEnd.Closed);
                _removed++;
                Assert.Equal(ConnectionFlags.Dying, Table.ConnectionAt(entry.Record)->Flags & ConnectionFlags.Dying);
            }
        }

        void Touch(int flow, int argument)
        {
            if (_model.TryGetValue(flow, out Entry? entry))
            {
                entry.Class = (EvictionClass)(argument % 3);
                Table.SetEvictable(entry.Record, entry.Class);
            }
        }

        /// <summary>
        /// A connection that is allocated, wants the reply of some other flow, and never leaves: nobody finds it, also while it claims that
        /// reply; its number and its place in the index come back.
        /// </summary>
        void Unconfirmed(int flow, int wanted, bool translated)
        {
            if (_model.ContainsKey(flow))
            {
                return;
            }

            bool room = MakeRoom();
            _test.Prepare(flow, reply: false);
            uint record = Table.Allocate(_test.Packet, null, out AllocateStatus status);
            Assert.Equal(room ? AllocateStatus.Allocated : AllocateStatus.Full, status);
            if (!room)
            {
                return;
            }

            Assert.Equal(0u, _test.Find(flow));
            Assert.Equal((uint)_model.Count + 1, _test.View->Records.Count);
            Table.Refresh(record, Table.ConnectionAt(record), _test.Time, 100);
            TFlows.SetReply(Table.At(record), wanted, translated);
            Entry? holder = HolderOf(wanted, flow % 3, translated);
            Assert.Equal(holder != null, Table.IsReplyTaken(record, _test.Time));
            uint entries = _test.View->Index.Entries;
            Assert.True(Table.Claim(record));
            Assert.Equal(entries + 1, _test.View->Index.Entries);
            if (flow % 3 == wanted % 3)
            {
                Assert.Equal(holder?.Record ?? 0, _test.Find(wanted, reply: true, translated));
            }

            Table.Remove(record, ConnectionEnd.Closed);
            _created++;
            _removed++;
        }

        /// <summary>Who has a flow's reply. One that has expired is found out by the question, and reclaimed.</summary>
        Entry? HolderOf(int flow, int protocol, bool translated)
        {
            Entry? holder = _model.GetValueOrDefault(flow);
            if (holder == null || holder.Translated != translated || flow % 3 != protocol)
            {
                return null;
            }

            if (holder.End > _test.Now)
            {
                return holder;
            }

            _model.Remove(flow);
            _expired++;
            return null;
        }

        void SweepSlice(int records)
        {
            int reclaimed = Table.Sweep(_test.Time, records);
            ulong before = _expired;
            Forget(e => Table.ConnectionAt(e.Record)->Generation != e.Generation, ref _expired, e => Assert.True(e.End <= _test.Now));
            Assert.Equal((ulong)reclaimed, _expired - before);
        }

        int Forget(Func<Entry, bool> which, ref ulong counter, Action<Entry>? check = null)
        {
            List<Entry> gone = [.. _model.Values.Where(which)];
            foreach (Entry entry in gone)
            {
                check?.Invoke(entry);
                _model.Remove(entry.Flow);
            }

            counter += (ulong)gone.Count;
            return gone.Count;
        }

        void CompareCounters()
        {
            TableView* view = _test.View;
            Assert.Equal((uint)_model.Count, view->Records.Count);
            Assert.Equal(_expired, view->Counters.Expired);
            Assert.Equal(_evicted, view->Counters.Evicted);
            Assert.Equal(_removed, view->Counters.Removed);
            Assert.Equal((uint)_model.Values.Sum(e => e.Translated ? 2 : 1), view->Index.Entries);
            Assert.Equal((uint)_model.Values.Count(e => e.Class == EvictionClass.HalfOpen), view->Eviction.HalfOpen);
            Assert.Equal((uint)_model.Values.Count(e => e.Class == EvictionClass.Unassured), view->Eviction.Unassured);
        }
    }
}
