using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig.Peers;

/// <summary>
/// Linux itself: two hosts and a router between them in network namespaces, nftables rules in the router. The same frames are made inside
/// the kernel, as if a NIC had received them on the router's inner interface (native/xdp_source.c); everything up to the other end of the
/// outer link, where they are thrown away, happens on the measured core.
/// </summary>
/// <param name="setting">Where it runs.</param>
/// <param name="workload">What it forwards.</param>
/// <param name="work">How.</param>
sealed class LinuxRouter(Setting setting, Workload workload, PeerWork work) : Contender("linux")
{
    /// <summary>Room for connections of an hour of floods, and of anybody else's on the machine.</summary>
    const string MaxConnections = "8000000";
    const string Buckets = "2097152";
    const double MillionsOfFirstGuess = 0.4;

    static readonly string s_folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../native/perf"));

    static readonly string[] s_links = ["in", "out"];

    readonly string _name = $"rig{Environment.ProcessId}";
    readonly Dictionary<string, string> _before = [];
    Process? _source;
    double? _bytesPerConnection;
    double _lastRate = MillionsOfFirstGuess;
    ulong _sent, _forwarded;

    public static bool IsInstalled =>
        File.Exists(Path.Combine(s_folder, "xdp_source.bpf.o")) && Tool.Exists("ip") && Tool.Exists("nft") && Environment.IsPrivilegedProcess;

    /// <inheritdoc/>
    public override double? BytesPerConnection => _bytesPerConnection;

    string Client => _name + "c";

    string Gateway => _name + "g";

    string Server => _name + "s";

    /// <inheritdoc/>
    public override void Launch()
    {
        Interruption.Undoes(this);
        Set("net/netfilter/nf_conntrack_max", MaxConnections);
        Set("net/netfilter/nf_conntrack_buckets", Buckets);
        Build();
        string[] realTime = setting.RealTime ? ["chrt", "-f", "20"] : [];
        var start = new ProcessStartInfo("ip",
        [
            "netns", "exec", Gateway, "taskset", "-c", setting.WorkerCpu.ToString(CultureInfo.InvariantCulture), .. realTime,
            Path.Combine(s_folder, "xdp_source"), Path.Combine(s_folder, "xdp_source.bpf.o"), "in", workload.Kind == TrafficKind.Flood ? "syn" : "established",
            workload.Protocol, workload.Family.ToString(CultureInfo.InvariantCulture), workload.Connections.ToString(CultureInfo.InvariantCulture),
            workload.Translated ? "1" : "0",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _source = Process.Start(start) ?? throw new RigException("ip did not start");
        if (workload.Kind == TrafficKind.Established && work != PeerWork.Forward)
        {
            long slab = SlabBytes();
            Say("warm");
            int connections = int.Parse(In(Gateway, "sysctl", "-n", "net.netfilter.nf_conntrack_count"), CultureInfo.InvariantCulture);
            if (connections < workload.Connections)
            {
                throw new RigException($"Linux has {connections:N0} connections instead of {workload.Connections:N0}");
            }

            _sent = 0;
            _forwarded = Forwarded();
            _bytesPerConnection = ((double)(SlabBytes() - slab) / connections) + ((double)ulong.Parse(Buckets, CultureInfo.InvariantCulture) * 8 / connections);
        }
    }

    /// <inheritdoc/>
    public override void TakeTurn(int windows, TimeSpan length)
    {
        Run(length / 2);
        List<double> rates = [];
        for (int n = 0; n < windows; n++)
        {
            rates.Add(Run(length));
        }

        Windows.Add(rates);
    }

    /// <summary>Why what it forwarded is not to be believed; empty when all of it left the router.</summary>
    public IReadOnlyList<string> Complaints()
    {
        ulong left = Forwarded() - _forwarded;
        return left >= _sent ? [] : [$"Linux forwarded {left:N0} of {_sent:N0} packets"];
    }

    ulong Forwarded() => s_links.Aggregate(0ul, (sum, link) =>
        sum + ulong.Parse(In(Gateway, "cat", $"/sys/class/net/{link}/statistics/tx_packets"), CultureInfo.InvariantCulture));

    /// <summary>As many packets as took so long the last time. Returns millions a second.</summary>
    double Run(TimeSpan length)
    {
        long frames = Math.Max(1000, (long)(_lastRate * length.TotalMicroseconds));
        return _lastRate = Say(string.Create(CultureInfo.InvariantCulture, $"run {frames}"));
    }

    double Say(string word)
    {
        _source!.StandardInput.WriteLine(word);
        _source.StandardInput.Flush();
        string[] answer = (_source.StandardOutput.ReadLine() ?? throw new RigException("xdp_source ended")).Split(' ');
        ulong frames = ulong.Parse(answer[0], CultureInfo.InvariantCulture);
        _sent += frames;
        return frames * 1000.0 / ulong.Parse(answer[1], CultureInfo.InvariantCulture);
    }

    void Build()
    {
        foreach (string space in new[] { Client, Gateway, Server })
        {
            Tool.Run("ip", ["netns", "add", space]);
        }

        Tool.Run("ip", ["-n", Gateway, "-batch", "-"], $"""
            link add in address 02:00:00:00:00:01 type veth peer name host address 02:00:00:00:00:02 netns {Client}
            link add out address 02:00:00:00:00:01 type veth peer name host address 02:00:00:00:00:02 netns {Server}
            address add 192.168.88.1/24 dev in
            address add 203.0.113.1/24 dev out
            address add fd00:88::1/64 dev in nodad
            address add fd00:113::1/64 dev out nodad
            link set in up
            link set out up

            """);
        foreach (string host in new[] { Client, Server })
        {
            Tool.Run("ip", ["-n", host, "link", "set", "host", "up"]);
            In(host, "nft", "add table netdev rig; add chain netdev rig end { type filter hook ingress device \"host\" priority 0; policy drop; }");
        }

        Tool.Run("ip", ["-n", Gateway, "-batch", "-"], """
            neighbour replace 192.168.88.2 lladdr 02:00:00:00:00:02 dev in nud permanent
            neighbour replace 203.0.113.2 lladdr 02:00:00:00:00:02 dev out nud permanent
            neighbour replace fd00:88::2 lladdr 02:00:00:00:00:02 dev in nud permanent
            neighbour replace fd00:113::2 lladdr 02:00:00:00:00:02 dev out nud permanent
            route add 10.0.0.0/8 via 192.168.88.2
            route add default via 203.0.113.2
            route add 2001:2:0:a::/64 via fd00:88::2
            route add default via fd00:113::2

            """);
        In(Gateway, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.in.rp_filter=0");
        if (work == PeerWork.Forward)
        {
            return;
        }

        string translation = work == PeerWork.Translate
            ? "add chain inet rig leave { type nat hook postrouting priority 100; }; add rule inet rig leave oifname out masquerade;" : "";
        In(Gateway, "nft",
            "add table inet rig; add chain inet rig pass { type filter hook forward priority 0; policy drop; };"
            + "add rule inet rig pass ct state established,related accept; add rule inet rig pass ct state invalid drop;"
            + $"add rule inet rig pass ct state new iifname in accept; {translation}");
        In(Gateway, "sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=3600", "net.netfilter.nf_conntrack_udp_timeout_stream=3600");
    }

    static string In(string space, params string[] words) => Tool.Run("ip", ["netns", "exec", space, .. words]).Trim();

    void Set(string name, string value)
    {
        string path = "/proc/sys/" + name;
        _before[path] = File.ReadAllText(path).Trim();
        File.WriteAllText(path, value);
    }

    /// <summary>Pages of the slabs that connections and their extensions come from.</summary>
    static long SlabBytes() => File.ReadLines("/proc/slabinfo")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words[0] is "nf_conntrack" or "kmalloc-64" or "kmalloc-96" or "kmalloc-128" or "kmalloc-192")
        .Sum(words => long.Parse(words[14], CultureInfo.InvariantCulture) * long.Parse(words[5], CultureInfo.InvariantCulture) * Environment.SystemPageSize);

    /// <inheritdoc/>
    public override void Dispose()
    {
        Interruption.Done(this);
        if (_source is { HasExited: false })
        {
            _source.Kill(entireProcessTree: true);
            _source.WaitForExit();
        }

        _source?.Dispose();
        foreach (string space in new[] { Client, Gateway, Server })
        {
            if (File.Exists($"/run/netns/{space}"))
            {
                Tool.Run("ip", ["netns", "delete", space]);
            }
        }

        foreach ((string path, string value) in _before)
        {
            File.WriteAllText(path, value);
        }

        base.Dispose();
    }
}
