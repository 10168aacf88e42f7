using System.CommandLine;
using Conntrack.Rig;
using Conntrack.Rig.Model;
using Conntrack.Rig.Table;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// The process under test is this program once more: a rig and what it measures never share a runtime.
if (args is ["subject", string order])
{
    return Subject.Run(order);
}

Option<uint[]> connections = new("--connections")
{
    Description = "Connections of each row of established traffic",
    DefaultValueFactory = _ => [1024, 65536, 1_000_000],
    AllowMultipleArgumentsPerToken = true,
};
Option<string[]> protocols = new("--protocols")
{
    Description = "udp, tcp or both",
    DefaultValueFactory = _ => ["udp", "tcp"],
    AllowMultipleArgumentsPerToken = true,
};
protocols.AcceptOnlyFromAmong("udp", "tcp");
Option<int[]> families = new("--families") { Description = "4, 6 or both", DefaultValueFactory = _ => [4, 6], AllowMultipleArgumentsPerToken = true };
Option<string[]> modes = new("--modes")
{
    Description = "tracked: established connections, no rules; one-port: the same from one port; flood: new connections a second; attacked: "
        + "established traffic at a rate, with a flood of new connections between",
    DefaultValueFactory = _ => ["tracked", "one-port", "flood"],
    AllowMultipleArgumentsPerToken = true,
};
modes.AcceptOnlyFromAmong("tracked", "one-port", "flood", "attacked");
Option<int> turns = new("--turns") { Description = "Times every contender has the core in a row", DefaultValueFactory = _ => 3 };
Option<int> windows = new("--windows") { Description = "Windows of 0.1 s in a turn", DefaultValueFactory = _ => 6 };
Option<int> core = new("--core") { Description = "The measured core", DefaultValueFactory = _ => 1 };
Option<int> burst = new("--burst") { Description = "Packets of a burst, 1 to 32", DefaultValueFactory = _ => 32 };
Option<bool> fifo = new("--fifo") { Description = "The measured thread goes before everything else on its core (SCHED_FIFO)" };
Option<bool> noHuge = new("--no-huge") { Description = "Reserve no hugepages" };
Option<string> dataplane = new("--dataplane") { Description = "aot or jit", DefaultValueFactory = _ => "aot" };
dataplane.AcceptOnlyFromAmong("aot", "jit");
Option<string[]> rules = new("--rules")
{
    Description = "RouterOS scripts with what is configured, loaded one after the other",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
Option<int> flowLines = new("--flow-lines") { Description = "Lines that FastTrack's flow cache may have", DefaultValueFactory = _ => 1 << 21 };
Option<double> offered = new("--offered") { Description = "attacked: millions of established frames a second", DefaultValueFactory = _ => 4 };
Option<double[]> attack = new("--attack")
{
    Description = "attacked: millions of new connections a second",
    DefaultValueFactory = _ => [0.5],
    AllowMultipleArgumentsPerToken = true,
};
Option<string[]> attacker = new("--attacker")
{
    Description = "attacked: syn (SYNs of a /16 to one server), udp (datagrams of a /16 to anywhere), crc and toeplitz (SYNs with one hash)",
    DefaultValueFactory = _ => ["syn"],
    AllowMultipleArgumentsPerToken = true,
};
attacker.AcceptOnlyFromAmong("syn", "udp", "crc", "toeplitz");
Option<string?> source = new("--source") { Description = "libnet_flowgen.so, elsewhere than artifacts/native/perf" };
Option<string?> against = new("--against") { Description = "The rig program of another build, which takes turns with this one" };
Option<string?> output = new("--output") { Description = "Folder that gets CPU/rig.json" };

RootCommand command = new("Measures the dataplane end to end, in turns with testpmd on the same packet source.")
{
    connections, protocols, families, modes, turns, windows, core, burst, fifo, noHuge, dataplane, rules, flowLines, offered, attack, attacker,
    source, against, output,
};
command.Subcommands.Add(TableCommand.Create());
command.Subcommands.Add(ModelCommand.Create());
command.SetAction(parsed => Session.Run(parsed.GetValue(core), parsed.GetValue(noHuge), parsed.GetValue(source), (place, plugin, hugepages) =>
{
    Setting setting = new(
        place.Worker,
        place.Control,
        hugepages.Available,
        parsed.GetValue(fifo),
        parsed.GetValue(burst),
        plugin.Location,
        parsed.GetValue(dataplane)!,
        [.. parsed.GetValue(rules)!.Select(Path.GetFullPath)],
        parsed.GetValue(flowLines),
        parsed.GetValue(against));
    Schedule schedule = new(parsed.GetValue(turns), parsed.GetValue(windows), TimeSpan.FromMilliseconds(100));
    Machine machine = Machine.This();
    Report.Heading(machine, setting);
    List<Result> results = [];
    foreach (Workload workload in Workloads(
        parsed.GetValue(modes)!, parsed.GetValue(families)!, parsed.GetValue(protocols)!, parsed.GetValue(connections)!))
    {
        Result result = workload.Kind == TrafficKind.Flood
            ? Comparison.Flood(workload, setting, schedule)
            : Comparison.Established(workload, setting, schedule);
        Report.Row(result);
        results.Add(result);
    }

    bool holds = true;
    foreach (Workload workload in parsed.GetValue(modes)!.Contains("attacked") ? Tracked(parsed.GetValue(families)!, parsed.GetValue(protocols)!, parsed.GetValue(connections)!) : [])
    {
        foreach (string kind in parsed.GetValue(attacker)!)
        {
            foreach (double rate in parsed.GetValue(attack)!)
            {
                holds &= Attack.Run(workload with { Attacker = kind }, setting, schedule, parsed.GetValue(offered) * 1e6, rate * 1e6);
            }
        }
    }

    if (parsed.GetValue(output) is string folder)
    {
        Console.WriteLine();
        Console.WriteLine(Report.Write(folder, machine, setting, results, DateTime.UtcNow));
    }

    return holds && results.All(result => result.Complaints.Count == 0) ? 0 : 1;
}));
return command.Parse(args).Invoke();

static IEnumerable<Workload> Tracked(int[] families, string[] protocols, uint[] connections) =>
    from family in families
    from protocol in protocols
    from count in connections
    select new Workload(TrafficKind.Established, PortMode.Two, family, protocol, count);

static IEnumerable<Workload> Workloads(string[] modes, int[] families, string[] protocols, uint[] connections)
{
    foreach (PortMode ports in new[] { PortMode.Two, PortMode.One }.Where(p => modes.Contains(p == PortMode.Two ? "tracked" : "one-port")))
    {
        foreach (int family in families)
        {
            foreach (string protocol in protocols)
            {
                foreach (uint count in connections)
                {
                    // One port differs from two in what the source costs, which a protocol or a family changes little.
                    if (ports == PortMode.Two || (family == 4 && protocol == "udp"))
                    {
                        yield return new Workload(TrafficKind.Established, ports, family, protocol, count);
                    }
                }
            }
        }
    }

    if (modes.Contains("flood"))
    {
        yield return new Workload(TrafficKind.Flood, PortMode.One, 4, "tcp", 1);
    }
}
