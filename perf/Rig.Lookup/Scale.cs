using System.Diagnostics;
using System.Globalization;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Rig.Lookup;

/// <summary>So many connections made, all listed, aged out, and made again: time, memory, and books that balance.</summary>
static unsafe class Scale
{
    public static void Run(FlowHash* hash, uint connections)
    {
        // A part of what the machine has left, and of address space twice as much as will be there.
        long wanted = 200L * connections;
        if (wanted > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2)
        {
            throw new InvalidOperationException($"{connections:N0} connections take {wanted >> 20} MB, more than half of this machine's memory.");
        }

        using ConnectionTable<Connection4> table = new(hash, connections, connections);
        TableView* view = table.View;
        nuint before = view->CommittedBytes;
        long start = Stopwatch.GetTimestamp();
        Lifecycle.Populate(table, hash, connections);
        TimeSpan made = Stopwatch.GetElapsedTime(start);
        nuint full = view->CommittedBytes;

        start = Stopwatch.GetTimestamp();
        uint listed = 0;
        for (uint record = 1; record <= view->Records.HighWater; record++)
        {
            listed += (table.ConnectionAt(record)->Flags & ConnectionFlags.Confirmed) != 0 ? 1u : 0;
        }

        TimeSpan read = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        int expired = table.SweepAll(Timestamp.FromMicroseconds(3601ul * 1_000_000));
        table.ReleaseRemoved();
        TimeSpan aged = Stopwatch.GetElapsedTime(start);
        uint left = view->Records.Count;

        // What has aged out is used again: as many once more take no more memory.
        Lifecycle.Populate(table, hash, connections);
        TableCounters* counters = &view->Counters;
        if (listed != connections || expired != connections || left != 0 || view->CommittedBytes != full
            || counters->Created != 2ul * connections || counters->Created != view->Records.Count + counters->Expired)
        {
            throw new InvalidOperationException(
                $"Of {connections:N0}: {listed} listed, {expired} expired, {left} left, {counters->Created} created, {view->CommittedBytes - full} bytes more.");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"scale  {connections,10:N0}   made in {made.TotalSeconds:F1} s, looked at in {read.TotalMilliseconds:F0} ms, aged out in {aged.TotalSeconds:F1} s   {(double)(full - before) / connections:F1} bytes a connection, the same when made again"));
    }
}
