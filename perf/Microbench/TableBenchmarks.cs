using BenchmarkDotNet.Attributes;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Microbench;

/// <summary>
/// The table in bursts of 32, uniformly random connections; each figure is one packet and includes making it and its hash.
/// </summary>
public unsafe class TableBenchmarks : IDisposable
{
    const byte Udp = 17;

    Traffic _hits = null!;
    Traffic _misses = null!;

    [Params(1024u, 65536u, 1_048_576u)]
    public uint Connections { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _hits = new Traffic(Connections, Udp);
        _misses = new Traffic(Connections, Udp, firstFlow: Connections);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _hits.Dispose();
        _misses.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Traffic.Burst, Description = "lookup, hit")]
    public uint Hit() => Lookup(_hits);

    [Benchmark(OperationsPerInvoke = Traffic.Burst, Description = "lookup, miss")]
    public uint Miss() => Lookup(_misses);

    /// <summary>A connection opened, confirmed and removed again.</summary>
    [Benchmark(OperationsPerInvoke = Traffic.Burst, Description = "open, confirm, remove")]
    public ulong Insert()
    {
        _misses.NextBurst();
        _misses.FindCandidates();
        for (int n = 0; n < Traffic.Burst; n++)
        {
            Packet* packet = _misses.Packets + n;
            Tracker.Open(_misses.Table, packet, _misses.Parameters);
            _misses.Table.Confirm(packet->Record);
        }

        for (int n = 0; n < Traffic.Burst; n++)
        {
            _misses.Close(_misses.Packets + n);
        }

        return _misses.Table.View->Counters.Created;
    }

    static uint Lookup(Traffic traffic)
    {
        traffic.NextBurst();
        traffic.FindCandidates();
        uint found = 0;
        for (int n = 0; n < Traffic.Burst; n++)
        {
            found += traffic.Table.Find(traffic.Packets + n, out int direction) + (uint)direction;
        }

        return found;
    }
}
