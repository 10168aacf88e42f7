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
            Packet* next = burst + Traffic.Burst;
            for (Packet* packet = burst; packet != next; packet++)
            {
                uint key = hash->Hash4(packet->Tuple, packet->Protocol, 0);
                packet->Hash = key;
                packet->Bucket = table.BucketOf(key);
                Prefetch.Line(packet->Bucket);
            }

            for (Packet* packet = burst; packet != next; packet++)
            {
                uint candidate = table.Candidate(packet->Bucket, packet->Hash);
                packet->Candidate = candidate;
                table.PrefetchRecord(candidate);
            }

            for (Packet* packet = burst; packet != next; packet++)
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
        }

        return sum;
    }

    /// <summary>The twin in lookup.c.</summary>
    [LibraryImport("lookup_twin", EntryPoint = "lookup_bursts")]
    public static partial ulong Twin(TableView* view, FlowHash* hash, Packet* packets, int bursts, uint timeout);
}
