namespace Conntrack.Kernel.Generating;

/// <summary>Traffic between two endpoints, a packet at a time, as packet lines.</summary>
abstract class Flow(bool ipv6)
{
    /// <summary>The latest packet of each side: what an ICMP error may quote.</summary>
    readonly string?[] _latest = new string?[2];

    public bool IsIpv6 => ipv6;

    /// <summary>The next packet; null when there is none just now.</summary>
    public abstract string? Next();

    /// <summary>The latest packet that one side sent.</summary>
    public string? Latest(int side) => _latest[side];

    protected string Remember(int side, string packet, string endpoints)
    {
        string line = $"{(side == 0 ? '>' : '<')} {(ipv6 ? "6 " : "")}{packet.TrimEnd()} {endpoints}";
        _latest[side] = line;
        return line;
    }
}

/// <summary>Datagrams either way.</summary>
sealed class UdpFlow(string endpoints, bool ipv6, string protocol, Random random) : Flow(ipv6)
{
    public override string? Next() => Remember(
        random.Next(5) < 3 ? 0 : 1,
        $"{protocol} len={random.Next(40)}" + random.Next(40) switch
        {
            0 => " badsum",
            1 => " udplen=4",
            2 => " nosum",
            3 when protocol == "udp" => " udplen=90",
            _ => "",
        },
        endpoints);
}

/// <summary>Pings and other questions, answered, unanswered, and answers to nothing.</summary>
sealed class QueryFlow(string hosts, bool ipv6, Random random) : Flow(ipv6)
{
    static readonly (string Question, string Answer)[] s_kinds =
        [("ECHO", "ECHOREPLY"), ("ECHO", "ECHOREPLY"), ("TIMESTAMP", "TIMESTAMPREPLY"), ("MASK", "MASKREPLY"), ("INFO", "INFOREPLY")];

    public override string? Next()
    {
        (string question, string answer) = s_kinds[IsIpv6 ? 0 : random.Next(s_kinds.Length)];
        int id = random.Next(1, 4);
        bool asks = random.Next(2) == 0;
        int side = random.Next(8) == 0 ? 1 : 0;
        return Remember(
            asks ? side : 1 - side,
            $"icmp {(asks ? question : answer)} id={id} seq={random.Next(5)} len={random.Next(20)}{(random.Next(40) == 0 ? " badsum" : "")}",
            hosts);
    }
}

/// <summary>Protocols without a machine, and GRE.</summary>
sealed class OtherFlow(string hosts, bool ipv6, Random random) : Flow(ipv6)
{
    static readonly string[] s_protocols = ["ip proto=89", "ip proto=50", "ip proto=103", "gre", "gre key=3"];

    public override string? Next() => Remember(
        random.Next(2), $"{s_protocols[random.Next(s_protocols.Length)]} len={random.Next(8, 60)}", hosts);
}

/// <summary>SCTP associations: the usual order most of the time, any chunk now and then.</summary>
sealed class SctpFlow(string endpoints, bool ipv6, Random random) : Flow(ipv6)
{
    static readonly (int Side, string Chunk)[] s_order =
    [
        (0, "INIT"), (1, "INITACK"), (0, "COOKIEECHO"), (1, "COOKIEACK"), (0, "DATA"), (1, "SACK"), (1, "DATA"), (0, "SACK"),
        (0, "SHUTDOWN"), (1, "SHUTDOWNACK"), (0, "SHUTDOWNCOMPLETE"),
    ];

    readonly int[] _tags = [11, 22];
    int _at;

    public override string? Next()
    {
        (int side, string chunk) = s_order[_at];
        if (random.Next(6) == 0)
        {
            (side, chunk) = (random.Next(2), s_order[random.Next(s_order.Length)].Chunk);
            chunk = random.Next(4) == 0 ? random.Next(2) == 0 ? "ABORT" : "HEARTBEAT" : chunk;
        }
        else
        {
            _at = (_at + 1) % s_order.Length;
            if (_at == 1)
            {
                (_tags[0], _tags[1]) = (random.Next(1, 100000), random.Next(1, 100000));
            }
        }

        int tag = chunk == "INIT" ? 0 : random.Next(20) == 0 ? 5 : _tags[1 - side];
        string own = chunk is "INIT" or "INITACK" ? $" itag={_tags[side]}" : "";
        return Remember(side, $"sctp {chunk} vtag={tag}{own}", endpoints);
    }
}
