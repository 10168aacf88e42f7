using System.Globalization;

namespace Conntrack.Kernel.Generating;

/// <summary>What a run is made of: words of <c>--protocols</c>.</summary>
[Flags]
enum Protocols
{
    Tcp = 1,
    Udp = 2,
    Icmp = 4,
    Errors = 8,
    Others = 16,
    Sctp = 32,
    Fragments = 64,
    All = 127,
}

/// <summary>
/// Random traffic of many flows that know what they are doing: most packets continue something, and a few hostile ones are about something
/// that exists. The same seed makes the same packets.
/// </summary>
sealed class Traffic
{
    const int TcpPairs = 40;
    const int OtherFlows = 12;

    readonly Random _random;
    readonly List<Flow> _tcp = [];
    readonly List<Flow> _others = [];
    readonly Protocols _protocols;
    readonly Queue<string> _rest = new();
    int _datagram;
    int _pairs;

    public Traffic(int seed, Protocols protocols)
    {
        _random = new Random(seed);
        _protocols = protocols;
        while (Uses(Protocols.Tcp) && _tcp.Count < TcpPairs)
        {
            _tcp.Add(NewPair());
        }

        for (int i = 0; i < OtherFlows; i++)
        {
            bool ipv6 = i % 3 == 2;
            string hosts = ipv6 ? $"c=fd00::{i + 10:x}" : $"c=10.0.1.{i + 10}";
            string ports = ipv6 ? $"c=[fd00::{i + 10:x}]:5000 s=:{7000 + i}" : $"c=10.0.1.{i + 10}:5000 s=:{7000 + i}";
            AddIf(Protocols.Udp, () => new UdpFlow(ports, ipv6, "udp", _random));
            AddIf(Protocols.Icmp, () => new QueryFlow(hosts, ipv6, _random));
            AddIf(i < 4 ? Protocols.Others : 0, () => new OtherFlow(hosts, ipv6, _random));
            AddIf(i < 6 ? Protocols.Sctp : 0, () => new SctpFlow(ports, ipv6, _random));
        }
    }

    /// <summary>The next packet line.</summary>
    public string Next()
    {
        if (_rest.TryDequeue(out string? fragment))
        {
            return fragment;
        }

        while (true)
        {
            int choice = _random.Next(100);
            if (choice < 4 && Uses(Protocols.Errors) && ErrorAbout(AnyFlow()) is string error)
            {
                return error;
            }

            if (choice is >= 4 and < 6 && Uses(Protocols.Fragments) && _others.Count != 0)
            {
                return Fragmented();
            }

            if (_others.Count != 0 && (choice < 9 || _tcp.Count == 0))
            {
                return _others[_random.Next(_others.Count)].Next()!;
            }

            if (_tcp.Count != 0)
            {
                // Few at a time, so that a connection lives through its life before timeouts do; and not for ever, since a tuple on which the
                // router has been misled may stay so.
                int at = _random.Next(_tcp.Count);
                if (_random.Next(120) == 0)
                {
                    _tcp[at] = NewPair();
                }

                if (_tcp[at].Next() is string line)
                {
                    return line;
                }
            }
        }
    }

    /// <summary>Gives up the TCP pair whose client has this port; another takes its place.</summary>
    public void Retire(int clientPort)
    {
        int at = _tcp.FindIndex(flow => ((TcpPair)flow).ClientPort == clientPort);
        if (at >= 0)
        {
            _tcp[at] = NewPair();
        }
    }

    bool Uses(Protocols protocol) => (_protocols & protocol) != 0;

    Flow AnyFlow() => _tcp.Count != 0 && (_others.Count == 0 || _random.Next(2) == 0)
        ? _tcp[_random.Next(_tcp.Count)]
        : _others[_random.Next(_others.Count)];

    void AddIf(Protocols protocol, Func<Flow> flow)
    {
        if (protocol != 0 && Uses(protocol))
        {
            _others.Add(flow());
        }
    }

    TcpPair NewPair()
    {
        int n = _pairs++;
        bool ipv6 = n % 4 == 3;
        string host = ipv6 ? $"[fd00::{(n % 200) + 2:x}]" : $"10.0.0.{(n % 200) + 2}";
        return new TcpPair($"c={host}:{30000 + n} s=:{(n % 3 == 0 ? 443 : 80)}", 30000 + n, ipv6, _random);
    }

    /// <summary>An ICMP error about the latest packet of one side, from the other side's direction.</summary>
    string? ErrorAbout(Flow flow)
    {
        int about = _random.Next(2);
        if (flow.Latest(about) is not string quoted || quoted.Contains("quoting", StringComparison.Ordinal))
        {
            return null;
        }

        string kind = flow.IsIpv6
            ? new[] { "UNREACHABLE code=4", "TOOBIG mtu=1280", "EXCEEDED", "PARAMETER" }[_random.Next(4)]
            : new[] { "UNREACHABLE code=3", "UNREACHABLE code=4 mtu=1280", "EXCEEDED", "PARAMETER", "QUENCH", "REDIRECT" }[_random.Next(6)];
        string side = _random.Next(12) == 0 ? quoted[..1] : quoted[0] == '>' ? "<" : ">";
        string cut = _random.Next(4) == 0 ? $" quote={(flow.IsIpv6 ? 40 : 20) + _random.Next(12)}" : "";
        string odd = _random.Next(10) switch
        {
            0 => " badsum",
            1 => flow.IsIpv6 ? " src=2001:db8:7::1" : " src=203.0.113.77",
            2 when side == "<" => flow.IsIpv6 ? " dst=fd00::999" : " dst=10.9.9.9",
            _ => "",
        };

        // The error goes to whom it concerns: its own addresses are those of the quoted packet's endpoints.
        string endpoints = string.Join(' ', quoted.Split(' ').Where(word => word.StartsWith("c=", StringComparison.Ordinal)));
        return $"{side} {(flow.IsIpv6 ? "6 " : "")}icmp {kind}{cut}{odd} {endpoints} quoting {quoted}";
    }

    /// <summary>A datagram in two or three fragments, in any order, perhaps one twice or missing.</summary>
    string Fragmented()
    {
        int host = _random.Next(OtherFlows);
        bool ipv6 = host % 3 == 2;
        string endpoints = ipv6 ? $"c=[fd00::{host + 10:x}]:5000 s=:{7000 + host}" : $"c=10.0.1.{host + 10}:5000 s=:{7000 + host}";
        string id = (++_datagram).ToString(CultureInfo.InvariantCulture);
        string side = _random.Next(2) == 0 ? ">" : "<";
        List<string> ranges = _random.Next(2) == 0 ? ["0-56", "56-"] : ["0-24", "24-64", "64-"];
        if (_random.Next(5) == 0)
        {
            ranges.Add(ranges[_random.Next(ranges.Count)]);
        }

        if (_random.Next(6) == 0)
        {
            ranges.RemoveAt(_random.Next(ranges.Count));
        }

        foreach (string range in ranges.OrderBy(_ => _random.Next()))
        {
            _rest.Enqueue($"{side} {(ipv6 ? "6 " : "")}udp len=100 frag={range} id={id} {endpoints}");
        }

        return _rest.Dequeue();
    }
}
