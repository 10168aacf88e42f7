using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conntrack.Packets;

namespace Conntrack.Microbench;

/// <summary>Source address and port of one packet replaced, with the checksums of IP and transport, RFC 1624.</summary>
public unsafe class RewriteBenchmarks
{
    const int Count = 32;
    const int HeaderRoom = 64;

    readonly byte* _headers = (byte*)NativeMemory.AlignedAlloc(Count * HeaderRoom, 64);
    readonly uint _address = 0x017100cb;

    [GlobalSetup]
    public void Setup() => new Random(1).NextBytes(new Span<byte>(_headers, Count * HeaderRoom));

    /// <summary>The delta of the whole translation is known, as for every packet of a connection but the first.</summary>
    [Benchmark(OperationsPerInvoke = Count, Description = "rewrite, delta at hand")]
    public void Known()
    {
        ushort ipDelta = ChecksumUpdate.Delta32(0x0100000a, _address);
        ushort delta = ChecksumUpdate.Combine(ipDelta, ChecksumUpdate.Delta16(0x1234, 0x5678));
        for (int n = 0; n < Count; n++)
        {
            byte* ip = _headers + (n * HeaderRoom);
            Write(ip, _address, 0x5678, ipDelta, delta);
        }
    }

    [Benchmark(OperationsPerInvoke = Count, Description = "rewrite, delta computed")]
    public void Computed()
    {
        for (int n = 0; n < Count; n++)
        {
            byte* ip = _headers + (n * HeaderRoom);
            ushort ipDelta = ChecksumUpdate.Delta32(*(uint*)(ip + 12), _address);
            ushort delta = ChecksumUpdate.Combine(ipDelta, ChecksumUpdate.Delta16(*(ushort*)(ip + 20), 0x5678));
            Write(ip, _address, 0x5678, ipDelta, delta);
        }
    }

    static void Write(byte* ip, uint address, ushort port, ushort ipDelta, ushort delta)
    {
        *(uint*)(ip + 12) = address;
        *(ushort*)(ip + 20) = port;
        *(ushort*)(ip + 10) = ChecksumUpdate.Apply(*(ushort*)(ip + 10), ipDelta);
        *(ushort*)(ip + 26) = Checksum.ForUdp(ChecksumUpdate.Apply(*(ushort*)(ip + 26), delta));
    }
}
