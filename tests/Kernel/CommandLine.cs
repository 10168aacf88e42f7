using System.Globalization;
using System.Runtime.Versioning;
using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Generating;
using Conntrack.Kernel.Linux;
using Conntrack.Kernel.Scenarios;
using Conntrack.Native;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Kernel;

/// <summary>What the harness is asked to do, and doing it.</summary>
/// <remarks>
/// <c>--only TEXT</c> scenarios whose "group: title" contains it, and nothing random; <c>--packets N</c>, <c>--seed N</c>,
/// <c>--burst 1|32</c>, <c>--workers N</c> of ours, 1 unless given, <c>--protocols tcp,udp,icmp,errors,others,sctp,fragments</c> of the random part; <c>--scenarios no</c>;
/// <c>--show</c> prints the kernel's table after every step; <c>--census</c> asks the kernel alone, to see what the random part reaches;
/// <c>--short</c> every scenario and a few thousand random packets; <c>--annotate</c> writes the kernel's connection-states into the
/// scenario files of the repository.
/// </remarks>
sealed class CommandLine(string[] arguments)
{
    const int Failed = 1;
    const int CannotRun = 2;
    const int RouterLanes = 4;
    const int WholeBurst = 32;

    public int Run()
    {
        try
        {
            if (LinuxCalls.EffectiveUser() != 0)
            {
                throw new KernelUnavailableException("network namespaces need root");
            }

            using EalSession eal = EalSession.Start(new NoHugeArguments(256));
            return Compare();
        }
        catch (KernelUnavailableException exception)
        {
            Console.Error.WriteLine($"kernel: cannot run here: {exception.Message}");
            return CannotRun;
        }
    }

    int Compare()
    {
        string? only = Value("--only");
        bool isShort = Has("--short");
        int workers = Number("--workers", 1);
        var differences = new DifferenceLedger();
        var report = new Report(differences);
        if (only == null)
        {
            report.AddFailures(Difference.Unmatched(Path.Combine(AppContext.BaseDirectory, "differences.md")));
        }

        if (Value("--scenarios") != "no")
        {
            List<Scenario> scenarios =
            [
                .. Scenario.All(Path.Combine(AppContext.BaseDirectory, "Scenarios"))
                    .Where(s => only == null || $"{s.Group}: {s.Title}".Contains(only, StringComparison.OrdinalIgnoreCase))
                    .Select(s => s with { Setup = s.Setup with { Workers = workers } }),
            ];
            List<ScenarioResult> results = Lanes.Run(scenarios, RouterLanes, differences, burst: 1);
            report.Add(results);
            report.AddInBursts(Lanes.Run(scenarios, RouterLanes, differences, WholeBurst));
            foreach (ScenarioResult result in Has("--show") ? results : [])
            {
                Console.WriteLine($"\n# {result.Scenario.Title}\n" + string.Join('\n', result.Shown));
            }

            if (Value("--annotate") is string folder)
            {
                Annotation.Write(folder, results);
            }
        }

        if (only == null)
        {
            int packets = Number("--packets", isShort ? 8000 : 100_000);
            var options = new RandomOptions
            {
                Seed = Number("--seed", Environment.TickCount & 0xff_ffff),
                Packets = packets,
                Burst = Number("--burst", 1),
                Workers = workers,
                Census = Has("--census"),
                Protocols = Value("--protocols") is string words ? Enum.Parse<Protocols>(words, ignoreCase: true) : Protocols.All,
            };
            RandomOptions[] runs = Value("--burst") == null && !options.Census
                ? [options, options with { Burst = WholeBurst }]
                : [options];
            foreach (RandomOptions run in packets == 0 ? [] : runs)
            {
                report.Add(run, Lanes.On(Topology.Router, kernel => RandomRun.Run(run, kernel, differences)));
            }
        }

        bool complete = only == null && !isShort && Value("--scenarios") == null && Value("--protocols") == null && Value("--packets") == null;
        report.Write(Console.Out, complete);
        return report.HasFailed ? Failed : 0;
    }

    bool Has(string option) => Array.IndexOf(arguments, option) >= 0;

    string? Value(string option)
    {
        int at = Array.IndexOf(arguments, option);
        return at < 0 || at + 1 == arguments.Length ? null : arguments[at + 1];
    }

    int Number(string option, int otherwise) =>
        Value(option) is string value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
