namespace Conntrack.Kernel.Generating;

/// <summary>A segment between the two ends of a <see cref="TcpPair"/>.</summary>
/// <param name="From">0 the client, 1 the server.</param>
/// <param name="Flags">Letters, as a packet line has them.</param>
/// <param name="Sequence">Of its first byte.</param>
/// <param name="Acknowledgment">Meaningful with A.</param>
/// <param name="Length">Of its data.</param>
/// <param name="Options">What else the line says.</param>
sealed record Segment(int From, string Flags, uint Sequence, uint Acknowledgment, int Length, string Options)
{
    public bool Has(char flag) => Flags.Contains(flag, StringComparison.Ordinal);

    /// <summary>Sequence numbers it takes: its data, SYN and FIN one each.</summary>
    public uint Span => (uint)Length + (Has('S') ? 1u : 0) + (Has('F') ? 1u : 0);
}

/// <summary>One end: enough of RFC 9293 to answer as a stack would.</summary>
sealed class TcpSide(int number, Random random)
{
    enum State
    {
        Closed,
        SynSent,
        SynReceived,
        Open,
        TimeWait,
    }

    readonly List<Segment> _unacknowledged = [];
    State _state;
    uint _next;
    uint _received;
    bool _finSent;
    bool _finReceived;
    bool _scales;
    bool _selective;

    /// <summary>Nothing more will come of it unless it is opened.</summary>
    public bool IsClosed => _state is State.Closed or State.TimeWait;

    public bool IsOpen => _state == State.Open;

    /// <summary>It has closed its half.</summary>
    public bool IsClosing => _finSent;

    /// <summary>It has answered a SYN and waits for the third packet.</summary>
    public bool IsHalfOpen => _state == State.SynReceived;

    public bool MaySend => _state == State.Open && !_finSent;

    public bool HasUnacknowledged => _unacknowledged.Count != 0;

    /// <summary>What it would send next, and expects next: where a misbehaving segment begins.</summary>
    public (uint Next, uint Received) Numbers => (_next, _received);

    public Segment Connect()
    {
        Reset();
        _state = State.SynSent;
        _scales = random.Next(4) != 0;
        _selective = random.Next(4) != 0;
        return Emit("S", 0, Offer());
    }

    public Segment Data()
    {
        string flags = random.Next(3) == 0 ? "A" : "PA";
        return Emit(flags, random.Next(8) == 0 ? random.Next(1, 1400) : random.Next(1, 60), Window());
    }

    public Segment Close()
    {
        _finSent = true;
        return Emit("FA", random.Next(4) == 0 ? random.Next(1, 50) : 0, Window());
    }

    public Segment Abort()
    {
        var segment = new Segment(number, random.Next(2) == 0 ? "R" : "RA", _next, _received, 0, "");
        Reset();
        return segment;
    }

    public Segment Acknowledge() => new(number, "A", _next, _received, 0, Window());

    public Segment Retransmit() => _unacknowledged[0] with { Acknowledgment = _unacknowledged[0].Has('A') ? _received : 0 };

    /// <summary>A keep-alive: one byte below what it would send.</summary>
    public Segment KeepAlive() => new(number, "A", _next - 1, _received, random.Next(2), Window());

    /// <summary>Takes a segment and says what it answers.</summary>
    public Segment? Receive(Segment segment) => _state switch
    {
        State.Closed => Refuse(segment),
        State.SynSent => InSynSent(segment),
        State.TimeWait => InTimeWait(segment),
        _ => InConnection(segment),
    };

    Segment? Refuse(Segment segment)
    {
        if (segment.Has('R'))
        {
            return null;
        }

        // A server that listens; everything else is answered with a reset.
        if (segment.Has('S') && !segment.Has('A') && random.Next(8) != 0)
        {
            Reset();
            _state = State.SynReceived;
            _scales = segment.Options.Contains("ws=", StringComparison.Ordinal) && random.Next(4) != 0;
            _selective = segment.Options.Contains("sackok", StringComparison.Ordinal);
            _received = segment.Sequence + 1 + (uint)segment.Length;
            return Emit("SA", 0, Offer());
        }

        return segment.Has('A')
            ? new Segment(number, "R", segment.Acknowledgment, 0, 0, "")
            : new Segment(number, "RA", 0, segment.Sequence + segment.Span, 0, "");
    }

    Segment? InSynSent(Segment segment)
    {
        bool acknowledges = segment.Has('A') && segment.Acknowledgment == _next;
        if (segment.Has('R'))
        {
            if (acknowledges)
            {
                Reset();
            }

            return null;
        }

        if (!segment.Has('S'))
        {
            return segment.Has('A') ? new Segment(number, "R", segment.Acknowledgment, 0, 0, "") : null;
        }

        if (segment.Has('A') && !acknowledges)
        {
            return new Segment(number, "R", segment.Acknowledgment, 0, 0, "");
        }

        _received = segment.Sequence + 1 + (uint)segment.Length;
        _scales &= segment.Options.Contains("ws=", StringComparison.Ordinal);
        _selective &= segment.Options.Contains("sackok", StringComparison.Ordinal);
        if (acknowledges)
        {
            _unacknowledged.Clear();
            _state = State.Open;
            return random.Next(10) switch
            {
                0 => Close(),
                1 => Data(),
                2 when random.Next(2) == 0 => Abort(),
                _ => Acknowledge(),
            };
        }

        // Simultaneous open.
        _state = State.SynReceived;
        Segment syn = _unacknowledged[0];
        _unacknowledged[0] = syn with { Flags = "SA", Acknowledgment = _received };
        return _unacknowledged[0];
    }

    /// <summary>Answers what was sent again; a SYN begins anew.</summary>
    Segment? InTimeWait(Segment segment)
    {
        if (segment.Has('R') || (segment.Has('S') && !segment.Has('A')))
        {
            _state = State.Closed;
            return Refuse(segment);
        }

        return segment.Span == 0 ? null : Acknowledge();
    }

    Segment? InConnection(Segment segment)
    {
        if (segment.Has('R'))
        {
            if (segment.Sequence == _received)
            {
                Reset();
            }

            return null;
        }

        if (segment.Has('S'))
        {
            return _state == State.SynReceived && segment.Has('A') ? Accept(segment) ?? Acknowledge() : Acknowledge();
        }

        return Accept(segment);
    }

    Segment? Accept(Segment segment)
    {
        if (segment.Has('A') && (int)(segment.Acknowledgment - _next) <= 0)
        {
            _unacknowledged.RemoveAll(sent => (int)(sent.Sequence + sent.Span - segment.Acknowledgment) <= 0);
            if (_state == State.SynReceived && _unacknowledged.Count == 0)
            {
                _state = State.Open;
            }
        }

        if (segment.Span == 0 || segment.Has('S'))
        {
            EndWhenDone();
            return null;
        }

        if (segment.Sequence != _received)
        {
            return (int)(segment.Sequence - _received) > 0 && _selective
                ? new Segment(number, "A", _next, _received, 0, $"{Window()} sack={segment.Sequence}-{segment.Sequence + segment.Span}")
                : Acknowledge();
        }

        _received += segment.Span;
        _finReceived |= segment.Has('F');
        Segment answer = Acknowledge();
        EndWhenDone();
        return random.Next(6) == 0 && _state == State.Open && !segment.Has('F') ? null : answer;
    }

    void EndWhenDone()
    {
        if (_finSent && _finReceived && _unacknowledged.Count == 0)
        {
            _state = State.TimeWait;
        }
    }

    Segment Emit(string flags, int length, string options)
    {
        var segment = new Segment(number, flags, _next, flags.Contains('A', StringComparison.Ordinal) ? _received : 0, length, options);
        _next += segment.Span;
        if (segment.Span != 0)
        {
            _unacknowledged.Add(segment);
        }

        return segment;
    }

    string Offer() => $"mss=1460{(_selective ? " sackok" : "")}{(_scales ? $" ws={random.Next(0, 10)}" : "")} win={random.Next(1, 65535)}";

    string Window() => random.Next(40) == 0 ? "win=0" : $"win={random.Next(20, 2000)}";

    void Reset()
    {
        _unacknowledged.Clear();
        _state = State.Closed;
        _finSent = _finReceived = false;

        // Sequence spaces of successive connections are near or far, now and then at the wrap.
        _next = random.Next(6) switch
        {
            0 => uint.MaxValue - (uint)random.Next(100),
            1 => (uint)random.NextInt64(uint.MaxValue),
            _ => _next + (uint)random.Next(1, 100_000),
        };
    }
}
