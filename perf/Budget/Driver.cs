using Conntrack.Control.Firewall;
using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Rig;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;

namespace Conntrack.Budget;

/// <summary>
/// Drives one worker of libctrack-dataplane.so burst by burst through two ports that are rings in memory. To be run under callgrind, which
/// counts what happens inside <c>ct_run_burst</c> and begins a new part of its output at every call of <c>ct_allocated_bytes</c>: one comes
/// before and one behind the packets that count, so every second part is a case.
/// </summary>
sealed unsafe class Driver : IDisposable
{
    /// <summary>Packets that count.</summary>
    public const int Packets = 16_384;

    /// <summary>Precedes the address that the library lies at, in sixteen hexadecimal digits, on standard output.</summary>
    public const string LoadedAt = "loaded at ";

    /// <summary>Connections they belong to, opened before. More cost memory, and no instructions.</summary>
    const int Flows = 4096;
    const int BurstSize = 32;
    const ushort Servers = 0;
    const ushort Clients = 1;

    static readonly TimeSpan s_long = TimeSpan.FromHours(1);

    readonly EthernetPort[] _ports;
    readonly MbufPool _pool;
    readonly DataplaneHost _dataplane;
    readonly Case _case;
    uint _random = 2463534242;
    uint _opened;

    Driver(Case what, EthernetPort[] ports, MbufPool pool)
    {
        _case = what;
        _ports = ports;
        _pool = pool;
        RouterConfiguration configuration = Scripts.Load([.. what.Scripts.Select(script => Path.Combine(AppContext.BaseDirectory, "rules", script))]);
        if (what.Rules != 0)
        {
            configuration = Scripts.Load($"{what.Rules} rules", what.RulesScript(), configuration);
        }

        CompiledRouter router = new RouterCompiler(ports.Length).Compile(
            configuration, [new PortFacts(1), new PortFacts(2)], RouterShapes.Of(configuration, ports.Length));
        // Nothing ends meanwhile: under valgrind time passes quickly.
        TrackingSettings settings = configuration.Tracking with { MaxEntries = 1 << 20, UdpTimeout = s_long, UdpStreamTimeout = s_long, TcpSynSentTimeout = s_long };
        _dataplane = new DataplaneHost(new DataplaneOptions
        {
            Tracking = TrackingCompiler.Compile(configuration with { Tracking = settings }, TrackedFamilies.Both),
            Router = router.Spec,
            Pool = pool,
            Interfaces =
            [
                new InterfaceOptions(PortKind.Device, ports[Servers].Id, PortRole.Wire, WirePeer: Clients),
                new InterfaceOptions(PortKind.Device, ports[Clients].Id, PortRole.Wire, WirePeer: Servers),
            ],
        });
        _dataplane.PublishRules(new RuleCompiler().Compile(configuration.Rules, new RuleInterfaces(configuration, router)));
        Clock.Stop();
    }

    /// <summary>All of them, one after the other.</summary>
    public static void Run(IReadOnlyList<Case> cases)
    {
        using EalSession session = EalSession.Start(new NoHugeArguments { Extra = ["--force-max-simd-bitwidth=256"] });
        using MbufPool pool = new("budget", 1023);
        EthernetPort[] ports = [EthernetPort.Attach("net_ring0"), EthernetPort.Attach("net_ring1")];
        foreach (EthernetPort port in ports)
        {
            port.Configure(new PortConfiguration { RxQueues = 1, TxQueues = 1 }, pool);
            port.Start();
        }

        foreach (Case what in cases)
        {
            using Driver driver = new(what, ports, pool);
            driver.Run();
        }

        string map = File.ReadLines("/proc/self/maps").First(line => line.EndsWith("libctrack-dataplane.so", StringComparison.Ordinal));
        Console.WriteLine(LoadedAt + map[..map.IndexOf('-', StringComparison.Ordinal)].PadLeft(16, '0'));
    }

    void Run()
    {
        if (_case.Traffic.IsFlood)
        {
            // The first ones find everything for the first time.
            Send(Packets / 8);
        }
        else
        {
            Open();
            Send(2 * Flows);
        }

        _dataplane.CommitAhead();
        TableTotals before = _dataplane.Tables();
        _ = _dataplane.RuntimeAllocatedBytes;
        Send(Packets);
        _ = _dataplane.RuntimeAllocatedBytes;
        Verify(before, _dataplane.Tables());
    }

    void Open()
    {
        byte[] flags = _case.Traffic.Protocol == 6 ? [FlowFrame.Syn, FlowFrame.Syn | FlowFrame.Acknowledge, FlowFrame.Acknowledge] : [0, 0];
        for (uint flow = 0; flow < Flows; flow += BurstSize)
        {
            for (int step = 0; step < flags.Length; step++)
            {
                Burst(step == 1, flags[step], n => flow + (uint)n);
            }
        }
    }

    void Send(int packets)
    {
        for (int sent = 0; sent < packets; sent += BurstSize)
        {
            if (_case.Traffic.IsFlood)
            {
                Burst(false, FlowFrame.Syn, _ => _opened++);
            }
            else
            {
                Burst((sent / BurstSize & 1) != 0, FlowFrame.Push | FlowFrame.Acknowledge, _ => Random() % Flows);
            }

            if (_case.Traffic.IsFlood)
            {
                _dataplane.CommitAhead();
            }
        }
    }

    /// <summary>In by one port, and until it is out by the other.</summary>
    void Burst(bool isReply, byte flags, Func<int, uint> flow)
    {
        Mbuf** frames = stackalloc Mbuf*[BurstSize];
        if (Mbufs.AllocateBulk(_pool.Mempool, frames, BurstSize) < 0)
        {
            throw new RigException($"{_case.Id}: buffers were lost");
        }

        for (int n = 0; n < BurstSize; n++)
        {
            int length = FlowFrame.Write(new Span<byte>(frames[n]->Data, 128), _case.Traffic, flow(n), isReply, flags);
            frames[n]->DataLength = (ushort)length;
            frames[n]->PacketLength = (uint)length;
            frames[n]->OffloadFlags |= MbufOffloads.RxIpChecksumGood | MbufOffloads.RxL4ChecksumGood;
        }

        Clock.Advance();
        if (Ports.TxBurst(_ports[isReply ? Servers : Clients].Id, 0, frames, BurstSize) != BurstSize || _dataplane.RunBurst(0) != BurstSize)
        {
            throw new RigException($"{_case.Id}: a burst was not taken whole");
        }

        // What a port sends it would receive, and the router says a few things of its own at the start.
        foreach (EthernetPort port in _ports)
        {
            for (uint left; (left = Ports.RxBurst(port.Id, 0, frames, BurstSize)) != 0;)
            {
                for (uint n = 0; n < left; n++)
                {
                    if (!FlowFrame.IsSound(new ReadOnlySpan<byte>(frames[n]->Data, frames[n]->DataLength)))
                    {
                        throw new RigException($"{_case.Id}: a packet left with a wrong checksum");
                    }
                }

                Mbufs.FreeBulk(frames, left);
            }
        }
    }

    /// <summary>xorshift32: the same every time.</summary>
    uint Random()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        return _random ^= _random << 5;
    }

    /// <summary>What was counted is what the case says.</summary>
    void Verify(TableTotals before, TableTotals after)
    {
        DataplaneCounters counters = _dataplane.Counters();
        uint expected = !_case.IsTracked ? 0 : _case.Traffic.IsFlood ? _opened : Flows;
        ulong fast = after.FastTrackPackets - before.FastTrackPackets;
        if (counters.Dropped.Values.Any(count => count != 0) || counters.Sent < counters.Received || after.Ipv4Entries + after.Ipv6Entries != expected
            || (_case.IsFastTracked ? fast < Packets * 9 / 10 : fast != 0))
        {
            string dropped = string.Join(", ", counters.Dropped.Where(reason => reason.Value != 0).Select(reason => $"{reason.Value} {DropReasons.Name(reason.Key)}"));
            throw new RigException(
                $"{_case.Id}: {counters.Received} in, {counters.Sent} out, {after.Ipv4Entries + after.Ipv6Entries} connections of {expected}, {fast} by the flow cache, dropped {dropped}");
        }
    }

    public void Dispose() => _dataplane.Dispose();
}
