using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Rig.Lookup;

/// <summary>
/// C# and C over one table, in rounds that take turns. Traffic is made outside the measured time, eight bursts at once, which stay in L1
/// as a worker's burst does; both clock reads fall on 256 packets. A round's figure is the median of its chunks: another process that
/// takes the core in between spoils some chunks, not the figure.
/// </summary>
static unsafe class LookupBench
{
    const int Bursts = 8;
    const int Rounds = 15;
    const int Chunks = 1024;
    const uint Timeout = 180 * Timestamp.TicksPerSecond;

    /// <summary>One size.</summary>
    /// <returns>Median of C# divided by median of C.</returns>
    public static double Run(FlowHash* hash, uint connections)
    {
        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        Lifecycle.Populate(table, hash, connections);
        Packet* packets = (Packet*)NativeMemory.AlignedAlloc(Bursts * Traffic.Burst * (nuint)sizeof(Packet), 64);
        double[] managed = new double[Rounds];
        double[] twin = new double[Rounds];
        ulong microseconds = 1_000_000;

        // One round of each unmeasured: caches, pages and the clock of the core.
        for (int round = -1; round < Rounds; round++)
        {
            ulong seed = 0x9E3779B97F4A7C15ul * (ulong)(round + 2);
            (double managedNs, ulong managedSum) = Round(table, hash, packets, seed, ref microseconds, twin: false);
            (double twinNs, ulong twinSum) = Round(table, hash, packets, seed, ref microseconds, twin: true);
            if (managedSum != twinSum || managedSum >> 32 != 0)
            {
                throw new InvalidOperationException($"Checksums differ or packets missed: C# {managedSum:x}, C {twinSum:x}.");
            }

            if (round >= 0)
            {
                (managed[round], twin[round]) = (managedNs, twinNs);
            }
        }

        ulong expected = (ulong)(Rounds + 1) * 2 * (ulong)Chunks * Bursts * Traffic.Burst;
        if (CountedPackets(table) != expected)
        {
            throw new InvalidOperationException($"{CountedPackets(table)} packets counted in records, {expected} sent.");
        }

        NativeMemory.AlignedFree(packets);
        Array.Sort(managed);
        Array.Sort(twin);
        double ratio = managed[Rounds / 2] / twin[Rounds / 2];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"lookup {connections,9:N0}   C# {managed[Rounds / 2],6:F2} ({managed[0]:F2})   C {twin[Rounds / 2],6:F2} ({twin[0]:F2}) ns a packet, median (best)   ratio {ratio:F3} ({managed[0] / twin[0]:F3})"));
        return ratio;
    }

    static (double Nanoseconds, ulong Sum) Round(
        ConnectionTable<Connection4> table, FlowHash* hash, Packet* packets, ulong seed, ref ulong microseconds, bool twin)
    {
        Traffic traffic = new(table.View->Records.Count, seed);
        Span<long> elapsed = stackalloc long[Chunks];
        ulong sum = 0;
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            traffic.Fill(packets, Bursts, ref microseconds);
            long start = Stopwatch.GetTimestamp();
            sum += twin
                ? LookupPasses.Twin(table.View, hash, packets, Bursts, Timeout)
                : LookupPasses.Managed(table, hash, packets, Bursts, Timeout);
            elapsed[chunk] = Stopwatch.GetTimestamp() - start;
        }

        elapsed.Sort();
        return (elapsed[Chunks / 2] * (1e9 / Stopwatch.Frequency) / (Bursts * Traffic.Burst), sum);
    }

    static ulong CountedPackets(ConnectionTable<Connection4> table)
    {
        ulong packets = 0;
        for (uint record = 1; record <= table.View->Records.HighWater; record++)
        {
            Connection* connection = table.ConnectionAt(record);
            packets += table.Packets(connection, 0) + table.Packets(connection, 1);
        }

        return packets;
    }
}
