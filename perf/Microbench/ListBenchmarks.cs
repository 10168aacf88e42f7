using System.Diagnostics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Microbench;

/// <summary>
/// A packet whose rule asks a list that rules fill, while another worker lists so many addresses a second, and what listing one costs him.
/// </summary>
public unsafe class ListBenchmarks : IDisposable
{
    const int Packets = 1024;

    readonly RuleCounterTable _counters = new(2);
    readonly Packet* _packets = (Packet*)NativeMemory.AllocZeroed(Packets + 1, (nuint)sizeof(Packet));
    readonly CancellationTokenSource _end = new();
    RuleMemories _memories = null!;
    ImageBlock<RuleImage> _image = null!;
    Thread? _other;
    uint _next;

    [Params(0, 100_000)]
    public int AddedEachSecond { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memories = new RuleMemories(2, _counters, replay: false);
        _counters.Hold(2);
        _memories.Hold(2);
        _image = RuleImageBuilder.Build(
        [
            new RuleSpec
            {
                Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 0, CounterSlot = 0,
                Conditions = [RuleCondition.SrcAddressList(1)],
            },
            new RuleSpec
            {
                Chain = RuleChain.FilterInput4, Target = RuleTarget.AddSrcToAddressList, Number = 0, CounterSlot = 1,
                Effect = new RuleEffect { Value = 1, ListedFor = ListedFor.Time, Timeout = TimeSpan.FromSeconds(1) },
            },
        ]);
        Random random = new(1);
        for (int i = 0; i <= Packets; i++)
        {
            _packets[i] = new Packet
            {
                Family = PacketFamily.Ipv4, Protocol = IpProtocol.Udp, IpLength = 60, Time = Timestamp.FromMicroseconds(1),
                State = ConnectionStateOfPacket.Established, Tuple = new Tuple4 { Src = (uint)random.Next() },
            };
        }

        if (AddedEachSecond != 0)
        {
            _other = new Thread(AddOnAndOn) { IsBackground = true };
            _other.Start();
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _end.Cancel();
        _other?.Join();
        _image.Dispose();
        _memories.Dispose();
        _counters.Dispose();
        _end.Dispose();
        NativeMemory.Free(_packets);
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Packets, Description = "list asked")]
    public ulong Ask()
    {
        ulong sum = 0;
        for (int i = 0; i < Packets; i++)
        {
            sum += RuleImage.Evaluate(_image.Image, RuleChain.FilterForward4, _packets + i, _memories.Of(0), null).Entry;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Packets, Description = "address listed")]
    public void Add()
    {
        Packet* packet = _packets + Packets;
        ulong now = Timestamp.FromMicroseconds((ulong)Stopwatch.GetElapsedTime(0).TotalMicroseconds);
        for (int i = 0; i < Packets; i++)
        {
            AddOne(packet, now, 0);
        }
    }

    void AddOnAndOn()
    {
        Packet packet = _packets[0];
        long begin = Stopwatch.GetTimestamp();
        long added = 0;
        while (!_end.IsCancellationRequested)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            ulong now = Timestamp.FromMicroseconds((ulong)Stopwatch.GetElapsedTime(0).TotalMicroseconds);
            for (long due = (long)(elapsed.TotalSeconds * AddedEachSecond); added < due; added++)
            {
                AddOne(&packet, now, 1);
            }

            Thread.Sleep(1);
        }
    }

    void AddOne(Packet* packet, ulong now, int worker)
    {
        packet->Time = now;
        packet->Tuple.Src = Interlocked.Increment(ref _next) * 2_654_435_761u;
        _ = RuleImage.Evaluate(_image.Image, RuleChain.FilterInput4, packet, _memories.Of(worker), null);
    }
}
