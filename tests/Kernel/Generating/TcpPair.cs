namespace Conntrack.Kernel.Generating;

/// <summary>
/// Two ends and the network between them, in which the router stands: segments are lost before it and behind it, overtake each other and
/// come twice; now and then an end sends what no end should.
/// </summary>
sealed class TcpPair : Flow
{
    static readonly string[] s_kinds = ["S", "SA", "FA", "A", "R", "S", "SA", "R"];

    readonly string _endpoints;
    readonly Random _random;
    readonly TcpSide[] _sides;
    readonly List<Segment> _network = [];
    readonly int _opener;
    int _steps;
    int _life;
    int _silence;

    public TcpPair(string endpoints, int clientPort, bool ipv6, Random random)
        : base(ipv6)
    {
        ClientPort = clientPort;
        _endpoints = endpoints;
        _random = random;
        _sides = [new TcpSide(0, random), new TcpSide(1, random)];
        _life = Life();
        _opener = random.Next(4) == 0 ? 1 : 0;
    }

    /// <summary>No other pair has it.</summary>
    public int ClientPort { get; }

    public override string? Next()
    {
        for (int attempt = 0; attempt < 6; attempt++)
        {
            // Closing states are soon over: what can happen in them has to happen more often.
            bool isClosing = _sides[0].IsClosing || _sides[1].IsClosing;
            bool isIdle = _sides[0].IsClosed && _sides[1].IsClosed;
            bool isOpen = _sides[0].IsOpen && _sides[1].IsOpen;
            if (_random.Next(100) < (isClosing ? 45 : isOpen ? 12 : isIdle ? 15 : 5))
            {
                Segment odd = Misbehave();
                if (odd.Has('R') && _random.Next(4) != 0)
                {
                    _sides[1 - odd.From].Receive(odd);
                }

                return Line(odd);
            }

            if (_network.Count == 0 || _random.Next(5) == 0)
            {
                Act();
            }

            if (_network.Count == 0)
            {
                continue;
            }

            Segment segment = Take();
            int fate = _random.Next(100);
            if (fate < 2)
            {
                continue;
            }

            if (fate is >= 2 and < 4)
            {
                _network.Add(segment);
            }

            if (fate >= 6 && _sides[1 - segment.From].Receive(segment) is Segment answer)
            {
                _network.Add(answer);
            }

            return Line(segment);
        }

        return null;
    }

    Segment Take()
    {
        int at = _random.Next(10) == 0 ? _random.Next(_network.Count) : 0;
        Segment segment = _network[at];
        _network.RemoveAt(at);
        return segment;
    }

    /// <summary>Something an application or a timer does.</summary>
    void Act()
    {
        _steps++;
        TcpSide side = _sides[_random.Next(2)];
        if (_sides[0].IsClosed && _sides[1].IsClosed)
        {
            // The connection is over: silence for a while, or the same tuple at once.
            if (_silence > 0)
            {
                _silence--;
                return;
            }

            _silence = _random.Next(3);
            _life = Life();
            _steps = 0;
            _network.Add(_sides[_opener].Connect());
            if (_random.Next(10) == 0)
            {
                _network.Add(_sides[1 - _opener].Connect());
            }
        }
        else if (side.HasUnacknowledged && _random.Next(2) == 0)
        {
            _network.Add(side.Retransmit());
        }
        else if (side.IsHalfOpen && _random.Next(4) == 0)
        {
            _network.Add(_random.Next(2) == 0 ? side.Close() : side.Abort());
        }
        else if (side.MaySend)
        {
            _network.Add((_steps > _life ? 10 + _random.Next(10) : _random.Next(11)) switch
            {
                < 8 => side.Data(),
                8 => side.Acknowledge(),
                9 => side.KeepAlive(),
                < 19 => side.Close(),
                _ => side.Abort(),
            });
        }
        else if (!side.IsClosed && (_steps > _life + 14 || (_random.Next(12) == 0 && !side.IsClosing)))
        {
            // An end that waits in vain gives up, and tells the other only now and then.
            Segment reset = side.Abort();
            if (_random.Next(3) == 0)
            {
                _network.Add(reset);
            }
        }
        else if (side.IsOpen)
        {
            _network.Add(side.Acknowledge());
        }
    }

    /// <summary>Any kind of segment, most often with the numbers a right one would have.</summary>
    Segment Misbehave()
    {
        // While there is no connection, what the other side sends would be taken for the beginning of one.
        bool isIdle = _sides[0].IsClosed && _sides[1].IsClosed;
        int from = isIdle && _random.Next(6) != 0 ? _opener : _random.Next(2);
        (uint next, uint received) = _sides[from].Numbers;
        string flags = _random.Next(12) == 0 ? RandomFlags() : s_kinds[_random.Next(s_kinds.Length)];
        uint sequence = next + _random.Next(12) switch
        {
            < 7 => 0u,
            7 => 1,
            8 => uint.MaxValue,
            9 => (uint)_random.Next(70_000),
            10 => (uint)-_random.Next(70_000),
            _ => (uint)_random.NextInt64(uint.MaxValue),
        };
        uint acknowledgment = received + (_random.Next(8) == 0 ? (uint)_random.NextInt64(uint.MaxValue) : 0);
        string options = flags.Contains('S', StringComparison.Ordinal) && _random.Next(2) == 0 ? "mss=1460 sackok ws=7" : "";
        if (_random.Next(25) == 0)
        {
            options += " badsum";
        }

        return new Segment(
            from, flags, sequence, flags.Contains('A', StringComparison.Ordinal) ? acknowledgment : 0, _random.Next(4) == 0 ? _random.Next(100) : 0, options);
    }

    string RandomFlags()
    {
        string flags = string.Concat("FSRPAUEC".Where(_ => _random.Next(3) == 0));
        return flags.Length == 0 ? "-" : flags;
    }

    int Life() => _random.Next(8) == 0 ? _random.Next(20) : _random.Next(2);

    string Line(Segment segment) => Remember(
        segment.From,
        $"tcp {segment.Flags} seq={segment.Sequence} ack={segment.Acknowledgment}{(segment.Length == 0 ? "" : $" len={segment.Length}")} {segment.Options}",
        _endpoints);
}
