using System.CommandLine;
using Conntrack.Gaps;
using Conntrack.Native;
using Conntrack.Rig;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

string artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
Option<uint> connections = new("--connections") { Description = "Connections the packets belong to, and the lists are of", DefaultValueFactory = _ => 300_000 };
Option<int> turns = new("--turns") { Description = "Times the host is hammered, in turns with idle times", DefaultValueFactory = _ => 4 };
Option<double> idle = new("--idle") { Description = "Seconds of an idle time, 0.1 to 60", DefaultValueFactory = _ => 2 };
Option<double> hammered = new("--hammered") { Description = "Seconds of a hammered time, 0.1 to 60", DefaultValueFactory = _ => 5 };
Option<string[]> dataplanes = new("--dataplanes")
{
    Description = "aot: the product; jit: the same code in the host's own runtime, for contrast",
    DefaultValueFactory = _ => ["aot", "jit"],
    AllowMultipleArgumentsPerToken = true,
};
dataplanes.AcceptOnlyFromAmong("aot", "jit");
Option<string> rules = new("--rules")
{
    Description = "RouterOS script whose firewall rules are in force",
    DefaultValueFactory = _ => Path.Combine(artifacts, "../perf/Rig/rules/chapter.rsc"),
};
Option<string[]> blows = new("--blows")
{
    Description = "What the host is hammered with, all at once; everything by default",
    DefaultValueFactory = _ => [.. Hammer.Kinds],
    AllowMultipleArgumentsPerToken = true,
};
blows.AcceptOnlyFromAmong([.. Hammer.Kinds]);
Option<bool> fifo = new("--fifo") { Description = "The worker goes before everything else on its core (SCHED_FIFO)" };
Option<bool> noHuge = new("--no-huge") { Description = "Reserve no hugepages" };
Option<string?> source = new("--source") { Description = "libnet_flowgen.so, elsewhere than artifacts/native/perf" };
Option<string?> output = new("--output") { Description = "Folder that gets CPU/gaps.json" };

RootCommand command = new("Measures what a hammered control plane takes from the worker of a running router.")
{
    connections, turns, idle, hammered, dataplanes, rules, blows, fifo, noHuge, source, output,
};
command.Subcommands.Add(StartCommand.Create(artifacts));
command.SetAction(async (parsed, _) =>
{
    int[] cpus = CurrentThread.Cpus;
    if (cpus.Length < 2)
    {
        Console.Error.WriteLine("gaps: two CPUs are needed, one for the worker and one for everything else");
        return 2;
    }

    // Whoever hammers shares the host's CPU; the worker has the last one, where the kernel puts the least of its own.
    ProcessThreads.Pin([cpus[0]]);
    try
    {
        using Interruption interruption = new();
        using SourcePlugin plugin = new(parsed.GetValue(source));
        using Hugepages hugepages = new(!parsed.GetValue(noHuge));
        var machine = Machine.This();
        RouterSetting setting = new(
            Path.Combine(artifacts, "ctrack"),
            "",
            cpus[0],
            cpus[^1],
            plugin.Location,
            parsed.GetValue(connections),
            Path.GetFullPath(parsed.GetValue(rules)!),
            parsed.GetValue(fifo),
            parsed.GetValue(blows)!);
        Report.Heading(machine, setting, hugepages.Available);
        List<Run> runs = [];
        foreach (string dataplane in parsed.GetValue(dataplanes)!)
        {
            Run run = await Run.TakeAsync(
                setting with { Dataplane = dataplane }, parsed.GetValue(turns), TimeSpan.FromSeconds(parsed.GetValue(idle)), TimeSpan.FromSeconds(parsed.GetValue(hammered)));
            Report.Rows(run);
            runs.Add(run);
        }

        if (parsed.GetValue(output) is string folder)
        {
            Console.WriteLine(Report.Write(folder, machine, setting, hugepages.Available, runs, DateTime.UtcNow));
        }

        bool isGood = runs.All(run => run.Complaints.Count == 0 && (run.Dataplane != "aot" || run.MeetsGoal));
        Console.WriteLine(isGood ? "goal met" : "goal missed, or a run that is not to be believed");
        return isGood ? 0 : 1;
    }
    catch (RigException failure)
    {
        Console.Error.WriteLine($"gaps: {failure.Message}");
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
