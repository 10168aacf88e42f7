using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Testing;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// Conversations that go wrong: a few hosts and ports, so that one tuple serves many connections; TCP that mostly follows its script and
/// sometimes does not; whole bursts at one instant, and gaps in which everything times out.
/// </summary>
/// <param name="seed">Tells one from another.</param>
/// <param name="hosts">On either side, of either family.</param>
/// <param name="hurried">No gap is longer than 20 ms.</param>
sealed class RandomTraffic(int seed, int hosts = 2, bool hurried = false)
{
    // Who sends (0 the opener), and what. Reopening, resetting and crossing SYNs are scripts like any other.
    static readonly (int Side, int Flags)[][] s_scripts =
    [
        [(0, Syn), (1, Syn | Ack), (0, Ack), (0, Ack), (1, Ack), (0, Fin | Ack), (1, Ack), (1, Fin | Ack), (0, Ack), (0, Syn), (1, Syn | Ack)],
        [(0, Syn), (1, Rst | Ack), (0, Syn), (1, Syn | Ack), (0, Rst), (0, Syn), (1, Syn | Ack), (0, Ack)],
        [(0, Syn), (1, Syn), (1, Syn | Ack), (0, Syn | Ack), (0, Ack), (1, Ack), (1, Fin | Ack), (0, Fin | Ack), (1, Ack), (0, Ack), (1, Syn)],
        [(0, Syn), (0, Syn), (1, Syn | Ack), (1, Syn | Ack), (0, Ack), (1, Rst), (0, Syn), (1, Rst | Ack), (0, Syn)],
        [(0, Ack), (1, Ack), (0, Fin | Ack), (1, Fin | Ack), (0, Ack), (1, Syn), (0, Syn | Ack), (1, Ack)],
    ];

    static readonly int[] s_flags = [Syn, Syn | Ack, Fin | Ack, Rst, Rst | Ack, Ack];

    readonly Random _random = new(seed);
    readonly Dictionary<Endpoints, (int Script, int Next)> _progress = [];
    readonly Dictionary<Endpoints, uint[]> _next = [];

    /// <param name="count">Steps of the conversations, most of them a frame.</param>
    /// <param name="settled">Connections that are assured before anything else happens.</param>
    public Traffic Frames(int count, int settled = 0)
    {
        Traffic traffic = new();
        for (int n = 0; n < settled; n++)
        {
            Endpoints ends = V4(9, 9, 1000 + n);
            traffic.Sequence((0, ends.Tcp(Syn)), (1, ends.Turned.Tcp(Syn | Ack, 0, 1, 2)), (0, ends.Tcp(Ack, 0, 2, 2)));
        }

        for (int i = 0; i < count; i++)
        {
            traffic.Wait(Gap());
            Endpoints ends = Ends();
            int kind = _random.Next(100);
            if (kind < 55)
            {
                Tcp(traffic, ends);
            }
            else if (kind < 62)
            {
                Fragments(traffic, ends);
            }
            else if (kind < 75)
            {
                int side = _random.Next(2);
                traffic.In(side, (side == 0 ? ends : ends.Turned).Udp(_random.Next(40)));
            }
            else if (kind < 86)
            {
                Ping(traffic, ends);
            }
            else if (kind < 92)
            {
                int side = _random.Next(2);
                traffic.In(1 - side, Error(side == 0 ? ends : ends.Turned, kind));
            }
            else
            {
                traffic.In(_random.Next(2), Oddity(ends, kind));
            }
        }

        return traffic;
    }

    void Tcp(Traffic traffic, Endpoints ends)
    {
        (int script, int next) = _progress.GetValueOrDefault(ends, (_random.Next(s_scripts.Length), 0));
        (int side, int flags) = s_scripts[script][next];
        bool honest = _random.Next(8) != 0;
        if (!honest)
        {
            (side, flags) = (_random.Next(2), s_flags[_random.Next(s_flags.Length)]);
        }

        _progress[ends] = ++next == s_scripts[script].Length ? (_random.Next(s_scripts.Length), 0) : (script, next);
        int data = flags == Ack ? _random.Next(20) : 0;
        (uint sequence, uint acknowledgment) = Numbers(ends, side, (flags & (Syn | Fin)) != 0 ? 1 : data, honest);
        traffic.In(side, (side == 0 ? ends : ends.Turned).Tcp(flags, data, sequence, acknowledgment));
    }

    /// <summary>Each side goes on where it was and acknowledges what the other sent; what is not honest may be anywhere.</summary>
    (uint Sequence, uint Acknowledgment) Numbers(Endpoints ends, int side, int length, bool honest)
    {
        uint[] next = _next.TryGetValue(ends, out uint[]? known) ? known : _next[ends] = [uint.MaxValue - 30, 5000];
        uint sequence = next[side], acknowledgment = next[1 - side];
        if (honest)
        {
            next[side] += (uint)length;
            return (sequence, acknowledgment);
        }

        int distance = _random.Next(2) == 0 ? 10 : 80_000;
        return (sequence + (uint)_random.Next(-distance, distance), acknowledgment + (uint)_random.Next(-distance, distance));
    }

    /// <summary>Both sides ask, with the same identifiers.</summary>
    void Ping(Traffic traffic, Endpoints ends)
    {
        Endpoints asks = _random.Next(2) == 0 ? ends : ends with { Src = ends.Dst, Dst = ends.Src };
        bool request = _random.Next(2) == 0;
        traffic.In((asks == ends) == request ? 0 : 1, request ? asks.EchoRequest() : asks.Turned.EchoReply());
    }

    /// <summary>A datagram in pieces, most of them, in some order, some twice; others come in between.</summary>
    void Fragments(Traffic traffic, Endpoints ends)
    {
        int side = _random.Next(2);
        Endpoints from = side == 0 ? ends : ends.Turned;
        byte[] frame = (_random.Next(3) == 0 ? from.Tcp(s_flags[_random.Next(s_flags.Length)], 60) : from.Udp(_random.Next(20, 200))).ToBytes();
        byte[][] pieces = FragmentCut.Every(8 * _random.Next(1, 12), frame, (uint)_random.Next(2));
        _random.Shuffle(pieces);
        foreach (byte[] piece in pieces)
        {
            for (int times = _random.Next(20) switch { 0 => 0, 1 => 2, _ => 1 }; times > 0; times--)
            {
                traffic.In(side, piece);
            }

            if (_random.Next(4) == 0)
            {
                traffic.Wait(Gap()).In(side, from.Udp(_random.Next(40)));
            }
        }
    }

    /// <summary>About a packet of these ends, which comes back to its sender.</summary>
    static Frame Error(Endpoints ends, int kind)
    {
        byte[] quoted = (kind % 2 == 0 ? ends.Tcp(Ack) : ends.Udp()).ToPacket();
        return ends.IsIpv6
            ? new Frame().Ipv6("2001:db8:9::9", ends.Src).Icmpv6(1).Data(quoted)
            : new Frame().Ipv4("203.0.113.9", ends.Src).Icmp(3, 1).Data(quoted);
    }

    /// <summary>What makes no connection: it must not disturb those around it.</summary>
    Frame Oddity(Endpoints ends, int kind) => kind switch
    {
        92 => new Frame().Arp("192.0.2.1", "192.0.2.2").Padding(18),
        93 => ends.Ip(new Frame()).Udp(ends.SrcPort, ends.DstPort, checksum: 0x1234).Data(9),
        94 => ends.Ip(new Frame()).Tcp(ends.SrcPort, ends.DstPort, Syn, headerWords: 3),
        95 => new Frame().Ipv4("192.0.2.1", "198.51.100.1", moreFragments: true).Udp(ends.SrcPort, ends.DstPort, length: 2000).Data(64),
        96 => new Frame().Ipv4("192.0.2.1", "198.51.100.1", fragmentOffset: 64, protocol: 17).Data(64),
        97 => new Frame().Ipv4("192.0.2.1", "198.51.100.1", checksum: 1).Udp(ends.SrcPort, ends.DstPort),
        98 => ends.Ip(new Frame().Vlan(7)).Udp(ends.SrcPort, ends.DstPort).Data(3),
        _ => ends.Ip(new Frame()).Gre().Data(24),
    };

    Endpoints Ends()
    {
        int src = 1 + _random.Next(hosts), dst = 1 + _random.Next(hosts), srcPort = 1024 + _random.Next(3);
        return _random.Next(2) == 0 ? V4(src, dst, srcPort) : V6(src, dst, srcPort);
    }

    TimeSpan Gap() => _random.Next(hurried ? 80 : 100) switch
    {
        < 60 => TimeSpan.Zero,
        < 80 => TimeSpan.FromMicroseconds(_random.Next(20_000)),
        < 90 => TimeSpan.FromMilliseconds(_random.Next(1000)),
        < 95 => TimeSpan.FromSeconds(_random.Next(1, 12)),
        < 98 => TimeSpan.FromSeconds(_random.Next(12, 60)),
        _ => TimeSpan.FromMinutes(_random.Next(1, 20)),
    };
}
