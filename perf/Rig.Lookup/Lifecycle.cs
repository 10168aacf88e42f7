using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Talkers;

namespace Conntrack.Rig.Lookup;

/// <summary>Connections that come and go: cost of creation with growth, of expiry, and memory.</summary>
static unsafe class Lifecycle
{
    const int BurstsPerCommit = 256;

    /// <summary>Creates one connection a flow, all with a timeout that no lookup round outlives.</summary>
    public static void Populate(ConnectionTable<Connection4> table, FlowHash* hash, uint connections)
    {
        Packet* burst = stackalloc Packet[Traffic.Burst];
        for (uint flow = 0; flow < connections; flow += Traffic.Burst)
        {
            Prepare(burst, flow, 0);
            if (flow % (BurstsPerCommit * Traffic.Burst) == 0)
            {
                Commit(table);
            }

            Create(table, hash, burst, (int)Math.Min(Traffic.Burst, connections - flow), 3600 * Timestamp.TicksPerSecond);
        }
    }

    /// <summary>From empty to so many connections and back, several times; each figure from the pass that was disturbed least.</summary>
    public static void Run(FlowHash* hash, uint connections)
    {
        const int Passes = 7;
        long create = long.MaxValue;
        long[] bursts = new long[connections / Traffic.Burst];
        Array.Fill(bursts, long.MaxValue);
        long sweep = long.MaxValue;
        long expire = long.MaxValue;
        for (int pass = 0; pass < Passes; pass++)
        {
            // With room to spare: what a table does that is nearly full is another question.
            uint room = connections + (connections / 4);
            using ConnectionTable<Connection4> table = new(hash, room, room);
            create = Math.Min(create, Fill(table, hash, bursts));
            if (pass == 0)
            {
                PrintMemory(table.View);
            }

            sweep = Math.Min(sweep, Time(table, 999_999, 0));
            expire = Math.Min(expire, Time(table, 1_000_000, connections));
        }

        Print($"create {connections,9:N0}   {Nanoseconds(create) / connections:F1} ns each with growth   longest burst of {Traffic.Burst}: {Nanoseconds(bursts.Max()) / 1000:F1} µs");
        Print($"sweep  {connections,9:N0}   {Nanoseconds(sweep) / 1000:F0} µs with nothing due   {Nanoseconds(expire) / connections:F1} ns each when all are");
        PrintChains(hash, connections);
    }

    /// <summary>
    /// Creates connections burst by burst from an empty table: ticks of all bursts. Every pass does the same in the same burst, so the
    /// least that a burst ever took is its own length, without what the machine did meanwhile.
    /// </summary>
    static long Fill(ConnectionTable<Connection4> table, FlowHash* hash, long[] least)
    {
        Packet* burst = stackalloc Packet[Traffic.Burst];
        long total = 0;
        for (int n = 0; n < least.Length; n++)
        {
            Prepare(burst, (uint)n * Traffic.Burst, 0);
            if (n % BurstsPerCommit == 0)
            {
                // The control thread's part, not the worker's time.
                Commit(table);
            }

            long start = Stopwatch.GetTimestamp();
            Create(table, hash, burst, Traffic.Burst, Timestamp.TicksPerSecond);
            long elapsed = Stopwatch.GetTimestamp() - start;
            total += elapsed;
            least[n] = Math.Min(least[n], elapsed);
        }

        return total;
    }

    /// <summary>Ticks of a sweep over everything, which must reclaim as many as expected.</summary>
    static long Time(ConnectionTable<Connection4> table, ulong microseconds, uint expected)
    {
        long start = Stopwatch.GetTimestamp();
        int expired = table.SweepAll(Timestamp.FromMicroseconds(microseconds));
        table.ReleaseRemoved();
        long elapsed = Stopwatch.GetTimestamp() - start;
        return expired == expected
            ? elapsed
            : throw new InvalidOperationException($"{expired} connections expired instead of {expected}.");
    }

    static void PrintMemory(TableView* view)
    {
        uint connections = view->Records.Count;
        double index = (double)view->Index.UsedBytes / view->Index.Entries;
        double perRecord = sizeof(Connection4) + sizeof(uint) + 1 + (2.0 / 128);
        Print($"memory {connections,9:N0}   index {index:F1} bytes an entry, {(double)view->Index.CommittedBytes / view->Index.Entries:F1} committed   connection {perRecord + index:F1}, {(double)view->CommittedBytes / connections:F1} committed");
    }

    /// <summary>How many entries sit in overflow buckets, watched over the last three doublings.</summary>
    static void PrintChains(FlowHash* hash, uint connections)
    {
        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        Packet* burst = stackalloc Packet[Traffic.Burst];
        double most = 0;
        double least = 1;
        double mostBytes = 0;
        for (uint flow = 0; flow < connections; flow += Traffic.Burst)
        {
            Prepare(burst, flow, 0);
            if (flow % (BurstsPerCommit * Traffic.Burst) == 0)
            {
                Commit(table);
                if (flow >= connections / 8)
                {
                    double share = OverflowShare(&table.View->Index);
                    most = Math.Max(most, share);
                    least = Math.Min(least, share);
                    mostBytes = Math.Max(mostBytes, (double)table.View->Index.UsedBytes / table.View->Index.Entries);
                }
            }

            Create(table, hash, burst, Traffic.Burst, Timestamp.TicksPerSecond);
        }

        Print($"chains {connections,9:N0}   {OverflowShare(&table.View->Index):P1} of the entries in overflow buckets; {least:P1} to {most:P1} while growing, {mostBytes:F1} bytes an entry at most");
    }

    /// <summary>A steady state: every burst creates 32 connections and a slice of the sweep reclaims as many.</summary>
    public static void RunSteady(FlowHash* hash, uint connections)
    {
        const ulong BurstsPerTimeout = 8192;
        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        Packet* burst = stackalloc Packet[Traffic.Burst];
        long elapsed = 0;
        uint flow = 0;
        for (ulong round = 0; round < 8 * BurstsPerTimeout; round++, flow += Traffic.Burst)
        {
            Commit(table);
            Prepare(burst, flow, round * 10_000_000 / BurstsPerTimeout);
            long start = Stopwatch.GetTimestamp();
            Create(table, hash, burst, Traffic.Burst, 10 * Timestamp.TicksPerSecond);
            table.Sweep(burst->Time, 16384);
            table.ReleaseRemoved();
            if (round >= 2 * BurstsPerTimeout)
            {
                elapsed += Stopwatch.GetTimestamp() - start;
            }
        }

        double each = Nanoseconds(elapsed) / (6 * BurstsPerTimeout * Traffic.Burst);
        Print($"steady {table.View->Records.Count,9:N0}   {each:F1} ns a connection created and expired, {1000 / each:F1} M/s   {table.View->Counters.Expired:N0} expired, {table.View->Counters.Evicted} evicted");
    }

    /// <summary>
    /// What it costs to be observed: the steady state once more, burst by burst in turn without and with a sketch of who opens connections, and without
    /// and with somebody who watches every event.
    /// </summary>
    public static void RunObserved(FlowHash* hash, uint connections)
    {
        const ulong BurstsPerTimeout = 8192, Rounds = 12 * BurstsPerTimeout;
        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        var sketch = (TalkerSketch*)NativeMemory.AlignedAlloc((nuint)sizeof(TalkerSketch), 64);
        NativeMemory.Clear(sketch, (nuint)sizeof(TalkerSketch));
        TalkerSketch.Initialize(sketch, 1);
        var ring = (EventRing*)NativeMemory.AlignedAlloc((nuint)sizeof(EventRing), 64);
        *ring = new EventRing { Lines = (ConnectionEvent*)NativeMemory.AlignedAlloc(EventRing.Capacity * (nuint)sizeof(ConnectionEvent), 64) };
        Packet* burst = stackalloc Packet[Traffic.Burst];
        List<long>[] elapsed = [[], [], []];
        uint flow = 0;
        for (ulong round = 0; round < Rounds; round++, flow += Traffic.Burst)
        {
            Commit(table);
            Prepare(burst, flow, round * 10_000_000 / BurstsPerTimeout);
            int way = (int)(round % 3);
            table.View->Talkers = way == 1 ? sketch : null;
            table.View->Events = way == 2 ? ring : null;
            long start = Stopwatch.GetTimestamp();
            Create(table, hash, burst, Traffic.Burst, 10 * Timestamp.TicksPerSecond);
            table.Sweep(burst->Time, 16384);
            table.ReleaseRemoved();
            long end = Stopwatch.GetTimestamp();
            EventRing.Clear(ring);
            if (round >= 2 * BurstsPerTimeout)
            {
                elapsed[way].Add(end - start);
            }
        }

        double[] each = [.. elapsed.Select(bursts => Nanoseconds(bursts.Order().ElementAt(bursts.Count / 2)) / Traffic.Burst)];
        Print($"seen   {table.View->Records.Count,9:N0}   {each[0]:F1} ns a connection created and expired unobserved, {each[1]:F1} ns with talkers ({(each[1] / each[0]) - 1:P1}), {each[2]:F1} ns with events ({(each[2] / each[0]) - 1:P1}): medians");
        table.View->Events = null;
        NativeMemory.AlignedFree(ring->Lines);
        NativeMemory.AlignedFree(ring);
        NativeMemory.AlignedFree(sketch);
    }

    /// <summary>A flood against a full table: every new connection evicts one.</summary>
    public static void RunPressure(FlowHash* hash, uint connections, uint evictable)
    {
        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        Populate(table, hash, connections);
        for (uint n = 0; n < evictable; n++)
        {
            table.SetEvictable(1 + (uint)((ulong)n * connections / evictable), EvictionClass.HalfOpen);
        }

        Packet* burst = stackalloc Packet[Traffic.Burst];
        const uint Flood = 1 << 18;
        long elapsed = 0;
        for (uint flow = 0; flow < Flood; flow += Traffic.Burst)
        {
            Prepare(burst, connections + flow, 0);
            long start = Stopwatch.GetTimestamp();
            Create(table, hash, burst, Traffic.Burst, 3600 * Timestamp.TicksPerSecond, EvictionClass.HalfOpen);
            elapsed += Stopwatch.GetTimestamp() - start;
        }

        if (table.View->Counters.Evicted != Flood)
        {
            throw new InvalidOperationException($"{table.View->Counters.Evicted} of {Flood} evicted.");
        }

        Print($"flood  {connections,9:N0}   {Nanoseconds(elapsed) / Flood:F1} ns a connection created in place of one of {evictable:N0} half-open ones");
    }

    static void Prepare(Packet* burst, uint flow, ulong microseconds)
    {
        for (uint n = 0; n < Traffic.Burst; n++)
        {
            Traffic.Set(burst + n, flow + n, false, microseconds);
            burst[n].Number = flow + n;
        }
    }

    /// <summary>Lookup, miss, creation, as the pipeline does for the first packets of connections.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Create(
        ConnectionTable<Connection4> table, FlowHash* hash, Packet* burst, int count, uint timeout, EvictionClass evictable = EvictionClass.Never)
    {
        for (Packet* packet = burst; packet != burst + count; packet++)
        {
            packet->Hash = hash->Hash4(packet->Tuple, packet->Protocol, 0);
            packet->Bucket = table.BucketOf(packet->Hash);
            Prefetch.Line(packet->Bucket);
        }

        for (Packet* packet = burst; packet != burst + count; packet++)
        {
            packet->Candidate = table.Candidate(packet->Bucket, packet->Hash);
        }

        for (Packet* packet = burst; packet != burst + count; packet++)
        {
            uint record = table.Find(packet, out _);
            if (record == 0)
            {
                record = table.Allocate(packet, null, out AllocateStatus status);
                if (record == 0 || !table.Confirm(record))
                {
                    throw new InvalidOperationException($"A connection was refused: {status}.");
                }

                table.Refresh(record, table.ConnectionAt(record), packet->Time, timeout);
                table.SetEvictable(record, evictable);
            }
        }

        table.ReleaseRemoved();
    }

    static void Commit(ConnectionTable<Connection4> table)
    {
        if (!table.View->CommitAhead())
        {
            throw new InsufficientMemoryException();
        }
    }

    public static double OverflowShare(ConnectionIndex* index)
    {
        ulong inOverflow = 0;
        for (uint bucket = 0; bucket < index->Buckets; bucket++)
        {
            inOverflow += (uint)Math.Max(0, index->CountInBucket(bucket) - Bucket.Slots);
        }

        return (double)inOverflow / index->Entries;
    }

    static double Nanoseconds(long ticks) => ticks * (1e9 / Stopwatch.Frequency);

    static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
