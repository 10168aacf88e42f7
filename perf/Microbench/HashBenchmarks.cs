using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conntrack.Packets;

namespace Conntrack.Microbench;

/// <summary>The keyed hash of one packet; neighbours do not wait for each other, as in a burst.</summary>
public unsafe class HashBenchmarks
{
    const int Count = 256;
    const byte Udp = 17;

    readonly FlowHash* _hash = Traffic.Keyed();
    readonly Addresses6* _addresses = (Addresses6*)NativeMemory.AlignedAlloc((nuint)(Count * sizeof(Addresses6)), 64);

    [GlobalSetup]
    public void Setup() => new Random(1).NextBytes(new Span<byte>(_addresses, Count * sizeof(Addresses6)));

    [Benchmark(OperationsPerInvoke = Count)]
    public uint Ipv4()
    {
        uint sum = 0;
        for (int n = 0; n < Count; n++)
        {
            ulong* words = (ulong*)(_addresses + n);
            sum += _hash->Hash4(words[0], (uint)words[1], Udp, 0);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public uint Ipv6()
    {
        uint sum = 0;
        for (int n = 0; n < Count; n++)
        {
            sum += _hash->Hash6(_addresses + n, new PortPair { Ports = (uint)n }, Udp, 0);
        }

        return sum;
    }
}
