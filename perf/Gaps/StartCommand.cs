using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Conntrack.Rig;

namespace Conntrack.Gaps;

/// <summary>How long <c>ctrack run</c> takes from its start as a process to the first packet that leaves, with a script of rules to read.</summary>
static class StartCommand
{
    const double Goal = 1;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(1);

    public static Command Create(string artifacts)
    {
        Option<int> runs = new("--runs") { Description = "How often", DefaultValueFactory = _ => 7 };
        Option<string> rules = new("--rules")
        {
            Description = "RouterOS script to start with",
            DefaultValueFactory = _ => Path.Combine(artifacts, "../perf/Rig/rules/chapter.rsc"),
        };
        Option<bool> noHuge = new("--no-huge") { Description = "Reserve no hugepages" };
        Option<string?> source = new("--source") { Description = "libnet_flowgen.so, elsewhere than artifacts/native/perf" };
        Command command = new("start", "Measures from start to first forwarded packet; exit code 1 above a second.") { runs, rules, noHuge, source };
        command.SetAction(parsed =>
        {
            using Interruption interruption = new();
            using SourcePlugin plugin = new(parsed.GetValue(source));
            using Hugepages hugepages = new(!parsed.GetValue(noHuge));
            double[] seconds =
            [
                .. Enumerable.Range(0, parsed.GetValue(runs))
                    .Select(run => Once(Path.Combine(artifacts, "ctrack"), plugin.Location, Path.GetFullPath(parsed.GetValue(rules)!), run)).Order(),
            ];
            double median = seconds[seconds.Length / 2];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Machine.This().Cpu}, {(hugepages.Available ? "hugepages" : "no hugepages")}: start to first forwarded packet {median:F2} s ({seconds[0]:F2} to {seconds[^1]:F2}, {seconds.Length} runs)"));
            return median <= Goal ? 0 : 1;
        });
        return command;
    }

    static double Once(string program, string source, string rules, int run)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ctrack-start-");
        using CounterPage counters = new($"start-{run}");
        string port = $"flows=1024,warm=1,counters={counters.FilePath}";
        string[] arguments =
        [
            "run", "--listen", $"unix:{Path.Combine(folder.FullName, "s")}", "--state", "none", "--config", rules,
            "--port", $"ether1=net_flowgen0,{port},dir=0", "--port", $"ether2=net_flowgen1,{port},dir=1", "--", "-d", source,
        ];
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })
            ?? throw new RigException($"{program} did not start");
        try
        {
            while (counters.Read().Swallowed == 0)
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(start) > s_patience)
                {
                    throw new RigException($"ctrack forwards nothing: {(process.HasExited ? process.StandardError.ReadToEnd() : "still running")}");
                }

                Thread.Sleep(s_between);
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            if (!process.HasExited)
            {
                Linux.Terminate(process.Id);
                process.WaitForExit();
            }

            folder.Delete(recursive: true);
        }
    }
}
