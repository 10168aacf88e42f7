using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Rig.Lookup;

/// <summary>The three passes over a burst as the pipeline makes them, and the same in C.</summary>
static unsafe partial class LookupPasses
{
    /// <summary>Looks bursts up, counts and refreshes what it finds. The sum of what was found, misses as ones in the upper half.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Managed(ConnectionTable<Connection4> table, FlowHash* hash, Packet* packets, int bursts, uint timeout)
    {
        ulong sum = 0;
        Packet* end = packets + (bursts * Traffic.Burst);
        for (Packet* burst = packets; burst != end; burst += Traffic.Burst)
        {
            Hash(table, hash, burst);
            Candidates(table, burst);
            sum += Find(table, burst, timeout);
        }

        return sum;
    }

    // One method a pass, as in the pipeline, where they are parts of different stages.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Hash(ConnectionTable<Connection4> table, FlowHash* hash, Packet* burst)
    {
        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            uint key = hash->Hash4(packet->Tuple, packet->Protocol, 0);
            void* bucket = table.BucketOf(key);
            packet->Hash = key;
            packet->Bucket = bucket;
            Prefetch.Line(bucket);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Candidates(ConnectionTable<Connection4> table, Packet* burst)
    {
        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            uint candidate = table.Candidate(packet->Bucket, packet->Hash);
            packet->Candidate = candidate;
            table.PrefetchRecord(candidate);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ulong Find(ConnectionTable<Connection4> table, Packet* burst, uint timeout)
    {
        ulong sum = 0;
        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            uint record = table.Find(packet, out int direction);
            packet->Record = record;
            if (record == 0)
            {
                sum += 1ul << 32;
                continue;
            }

            Connection* connection = table.ConnectionAt(record);
            packet->Connection = connection;
            packet->Direction = (byte)direction;
            if (Connection.Count(connection, direction, packet->IpLength))
            {
                sum += 1ul << 48;
            }

            table.Refresh(record, connection, packet->Time, timeout);
            sum += ((record << 1) | (uint)direction) & 0xff;
        }

        return sum;
    }

    /// <summary>The twin in lookup.c.</summary>
    [LibraryImport("lookup_twin", EntryPoint = "lookup_bursts")]
    public static partial ulong Twin(TableView* view, FlowHash* hash, Packet* packets, int bursts, uint timeout);
}
