using System.Net;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conntrack.Firewall;
using Conntrack.Firewall.Paths;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Microbench;

/// <summary>
/// The forward chain asked about one packet: established ones go the way that their connection remembers, new ones are classified. The first
/// rule accepts what is established; the others each name a network, a protocol and a port, every seventh drops.
/// </summary>
public unsafe class RuleBenchmarks : IDisposable
{
    const int Packets = 1024;

    readonly Packet* _packets = (Packet*)Zeroed((nuint)(Packets * sizeof(Packet)));
    readonly Connection* _connections = (Connection*)Zeroed((nuint)(Packets * sizeof(Connection)));
    readonly RuleMemory* _memory = (RuleMemory*)Zeroed((nuint)sizeof(RuleMemory));
    ImageBlock<RuleImage>? _image;

    [Params(10, 10_000)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memory->Counters = (RuleCounters*)Zeroed((nuint)(Rules * sizeof(RuleCounters)));
        _memory->Paths = (RulePaths*)Zeroed(RulePaths.ByteSize);
        _image = RuleImageBuilder.Build(
        [
            new RuleSpec
            {
                Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 0, CounterSlot = 0,
                ConnectionState = RuleMatch.States(RuleStates.Established | RuleStates.Related),
            },
            .. Enumerable.Range(1, Rules - 1).Select(One),
        ]);
        _image.Image->Generation = 1;
        RulePaths.Follow(_memory->Paths, 1);
        Random random = new(1);
        for (int i = 0; i < Packets; i++)
        {
            // Half of them are of a rule's network; which rule is anybody's guess.
            uint network = NetworkOf(random.Next(1, Rules));
            uint source = i % 2 == 0 ? network | (uint)random.Next(256) : (uint)random.Next();
            _packets[i] = new Packet
            {
                Family = PacketFamily.Ipv4, Protocol = IpProtocol.Tcp, IpLength = 60, InInterface = 0, OutInterface = 1, Number = (uint)i,
                Time = Timestamp.FromMicroseconds(1),
                Tuple = new Tuple4
                {
                    Src = (uint)IPAddress.HostToNetworkOrder((int)source), Dst = (uint)random.Next(),
                    SrcPort = (ushort)random.Next(65536), DstPort = (ushort)IPAddress.HostToNetworkOrder((short)(1 + (i % Rules % 1000))),
                },
                Connection = _connections + i,
            };
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _image?.Dispose();
        NativeMemory.AlignedFree(_packets);
        NativeMemory.AlignedFree(_connections);
        NativeMemory.AlignedFree(_memory);
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Packets, Description = "rules, established")]
    public ulong Established()
    {
        ulong sum = 0;
        for (int i = 0; i < Packets; i++)
        {
            Packet* packet = _packets + i;
            packet->State = ConnectionStateOfPacket.Established;
            var connection = (Connection*)packet->Connection;
            sum += RuleImage.EvaluateAlong(_image!.Image, RuleChain.FilterForward4, packet, _memory, null, connection->Path, 0).Entry;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Packets, Description = "rules, new")]
    public ulong New()
    {
        ulong sum = 0;
        for (int i = 0; i < Packets; i++)
        {
            Packet* packet = _packets + i;
            packet->State = ConnectionStateOfPacket.New;
            sum += RuleImage.Evaluate(_image!.Image, RuleChain.FilterForward4, packet, _memory, null).Entry;
        }

        return sum;
    }

    static RuleSpec One(int number) => new()
    {
        Chain = RuleChain.FilterForward4,
        Target = number % 7 == 0 ? RuleTarget.Drop : RuleTarget.Accept,
        Number = (uint)number,
        CounterSlot = (uint)number,
        Protocol = RuleMatch.Protocol(number % 3 == 0 ? IpProtocol.Udp : IpProtocol.Tcp),
        SrcAddress = RuleMatch.Addresses(NetworkOf(number), NetworkOf(number) | 255),
        DstPort = RuleMatch.Ports((ushort)(1 + (number % 1000)), (ushort)(1 + (number % 1000))),
    };

    static uint NetworkOf(int number) => 0x0a00_0000u + ((uint)number << 8);

    static void* Zeroed(nuint bytes)
    {
        void* memory = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }
}
