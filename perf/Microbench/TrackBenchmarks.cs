using BenchmarkDotNet.Attributes;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Microbench;

/// <summary>Lookup, state machine, counters and deadline of one packet of an established connection, in bursts of 32.</summary>
public unsafe class TrackBenchmarks : IDisposable
{
    Traffic _traffic = null!;

    [Params(1024u, 65536u, 1_048_576u)]
    public uint Connections { get; set; }

    [Params("udp", "tcp")]
    public string Protocol { get; set; } = "udp";

    [GlobalSetup]
    public void Setup() => _traffic = new Traffic(Connections, Protocol == "tcp" ? (byte)6 : (byte)17);

    [GlobalCleanup]
    public void Dispose()
    {
        _traffic.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Traffic.Burst, Description = "track")]
    public int Track()
    {
        _traffic.NextBurst();
        _traffic.FindCandidates();
        int established = 0;
        for (int n = 0; n < Traffic.Burst; n++)
        {
            Packet* packet = _traffic.Packets + n;
            if (!Tracker.Continue(_traffic.Table, packet, _traffic.Parameters))
            {
                throw new InvalidOperationException("a packet has lost its connection");
            }

            established += packet->State == ConnectionStateOfPacket.Established ? 1 : 0;
        }

        return established;
    }
}
