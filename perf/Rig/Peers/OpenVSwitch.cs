using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig.Peers;

/// <summary>
/// Open vSwitch's userspace datapath (Debian's openvswitch-switch-dpdk) on the same source, with one polling thread: forwarding, and its
/// own connection tracker with and without source NAT. It has a database server and a folder of its own; nothing installed is touched.
/// </summary>
/// <param name="setting">Where it runs.</param>
/// <param name="workload">What it forwards.</param>
/// <param name="work">How.</param>
sealed class OpenVSwitch(Setting setting, Workload workload, PeerWork work)
    : PollingProcess("openvswitch", workload, setting.RealTime)
{
    const string Daemon = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
    const int MaxConnections = 12_000_000;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    readonly string _folder = $"/run/ctrack-rig-{Environment.ProcessId}-ovs";
    Process? _database;
    long _memoryBefore;
    double? _bytesPerConnection;

    public static bool IsInstalled => File.Exists(Daemon) && Tool.Exists("ovs-vsctl") && Tool.Exists("ovsdb-server");

    /// <inheritdoc/>
    public override double? BytesPerConnection => _bytesPerConnection;

    Dictionary<string, string> Surroundings => new()
    {
        ["OVS_RUNDIR"] = _folder,
        ["OVS_LOGDIR"] = _folder,
        ["OVS_DBDIR"] = _folder,
    };

    string Database => $"unix:{_folder}/db.sock";

    string ControlSocket => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"ovs-vswitchd-dpdk.{Process.Id}.ctl"));

    protected override ProcessStartInfo Command()
    {
        Directory.CreateDirectory(_folder);
        Tool.Run("ovsdb-tool", ["create", $"{_folder}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema"]);
        var server = new ProcessStartInfo(
            "ovsdb-server",
            [$"{_folder}/conf.db", $"--remote=punix:{_folder}/db.sock", $"--pidfile={_folder}/ovsdb.pid", $"--unixctl={_folder}/ovsdb.ctl", "--no-chdir", "-vconsole:off"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _database = Process.Start(server) ?? throw new RigException("ovsdb-server did not start");
        AwaitDatabase();
        Configure(
            "--no-wait", "init", "--", "set", "Open_vSwitch", ".", "other_config:dpdk-init=true", "other_config:per-port-memory=true",
            string.Create(CultureInfo.InvariantCulture, $"other_config:dpdk-lcore-mask=0x{1ul << setting.ControlCpus[0]:x}"),
            string.Create(CultureInfo.InvariantCulture, $"other_config:pmd-cpu-mask=0x{1ul << setting.WorkerCpu:x}"),
            // What it knows of flows would be forgotten while others have their turns.
            "other_config:max-idle=3600000",
            $"other_config:dpdk-extra=\"--no-pci --no-telemetry {Memory} -d {setting.Plugin}\"");
        var start = new ProcessStartInfo(Daemon, [Database, $"--pidfile={_folder}/vswitchd.pid", $"--log-file={_folder}/vswitchd.log", "--no-chdir", "-vconsole:off"]);
        foreach ((string name, string value) in Surroundings)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    void AwaitDatabase()
    {
        var clock = Stopwatch.StartNew();
        while (!File.Exists(Path.Combine(_folder, "db.sock")))
        {
            if (_database!.HasExited || clock.Elapsed > s_patience)
            {
                throw new RigException($"ovsdb-server does not listen: {(_database.HasExited ? _database.StandardError.ReadToEnd() : "no socket")}");
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>It asks for --in-memory of itself, unless it is told what does not go together with it.</summary>
    string Memory => setting.Hugepages ? "--in-memory" : "--legacy-mem --no-shconf --no-huge -m 512 --iova-mode=va";

    protected override void Started()
    {
        Process.OutputDataReceived += (_, line) => Remember(line.Data);
        Process.BeginOutputReadLine();
        WaitFor(() => File.Exists(ControlSocket), "has no control socket");
        Configure("add-br", "rig", "--", "set", "bridge", "rig", "datapath_type=netdev", "fail-mode=secure");
        Tool.Run("ovs-ofctl", ["-O", "OpenFlow14", "add-flows", "rig", "-"], string.Join('\n', Flows()) + "\n", Surroundings);
        if (work != PeerWork.Forward)
        {
            Ask("dpctl/ct-set-maxconns", MaxConnections.ToString(CultureInfo.InvariantCulture));
            // Time passes for who is stopped while others have their turns.
            Configure(
                "--", "--id=@rig", "create", "Datapath", "datapath_version=0", "--", "set", "Open_vSwitch", ".", "datapaths:netdev=@rig", "--",
                "add-zone-tp", "netdev", "zone=0", "udp_first=3600", "udp_single=3600", "udp_multiple=3600");
        }

        _memoryBefore = ResidentBytes();
        IReadOnlyList<string> devices = Workload.Devices(opensFlows: work != PeerWork.Forward, Counters.FilePath);
        Configure([.. devices.SelectMany((device, n) => AddPort(n + 1, device))]);
    }

    static IEnumerable<string> AddPort(int number, string device) =>
    [
        "--", "add-port", "rig", $"p{number}", "--", "set", "Interface", $"p{number}", "type=dpdk",
        $"options:dpdk-devargs=\"{device}\"", $"ofport_request={number}",
    ];

    IEnumerable<string> Flows()
    {
        if (work == PeerWork.Forward)
        {
            return ["in_port=1,actions=output:2", "in_port=2,actions=output:1"];
        }

        string ip = Workload.Family == 6 ? "ipv6" : "ip";
        string known = work == PeerWork.Translate ? "ct(table=1,nat)" : "ct(table=1)";
        string commit = work == PeerWork.Translate ? "ct(commit,nat(src=203.0.113.1))" : "ct(commit)";
        string[] both = [$"table=0,{ip},ct_state=-trk,actions={known}", $"table=1,{ip},in_port=1,ct_state=+trk+est,actions=output:2"];
        string reply = $"table=1,{ip},in_port=2,ct_state=+trk+est,actions=output:1";
        // With one port both directions come by the first, and by the second there is nothing to open a connection for.
        string opener = Workload.Ports == PortMode.One && Workload.Kind == TrafficKind.Established ? "in_port=1" : "in_port=2";
        string way = opener == "in_port=1" ? "output:2" : "output:1";
        return [.. both, reply, $"table=1,{ip},{opener},ct_state=+trk+new,actions={commit},{way}"];
    }

    protected override bool IsReady()
    {
        SourceCounters counters = Counters.Read();
        return work == PeerWork.Forward || Workload.Kind == TrafficKind.Flood ? counters.Swallowed != 0 : counters.Warm != 0;
    }

    protected override void Warmed()
    {
        if (work == PeerWork.Forward)
        {
            return;
        }

        if (Workload.Kind == TrafficKind.Established)
        {
            // A flow whose first packets met no rule yet is opened by its next one.
            WaitFor(() => ConnectionCount() == Workload.Connections, $"has not {Workload.Connections:N0} connections");
            _bytesPerConnection = (double)(ResidentBytes() - _memoryBefore) / Workload.Connections;
        }
    }

    long ConnectionCount()
    {
        string[] answer = Ask("dpctl/ct-get-nconns").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(answer[^1], CultureInfo.InvariantCulture);
    }

    protected override int? WorkerThread() => ThreadNamed("pmd");

    void Configure(params string[] words)
    {
        try
        {
            Tool.Run("ovs-vsctl", [$"--db={Database}", "--timeout=20", .. words], null, Surroundings);
        }
        catch (RigException failure)
        {
            string log = Path.Combine(_folder, "vswitchd.log");
            throw new RigException($"{failure.Message}\n{(File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(5)) : "")}");
        }
    }

    string Ask(params string[] words) => Tool.Run("ovs-appctl", ["-t", ControlSocket, .. words], null, Surroundings);

    long ResidentBytes() =>
        long.Parse(File.ReadAllText($"/proc/{Process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        if (_database is { HasExited: false })
        {
            _database.Kill();
            _database.WaitForExit();
        }

        _database?.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
