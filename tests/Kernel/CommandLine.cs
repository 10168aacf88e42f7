using System.Runtime.Versioning;
using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;
using Conntrack.Kernel.Scenarios;
using Conntrack.Native;

[assembly: SupportedOSPlatform("linux")]

namespace Conntrack.Kernel;

/// <summary>What the harness is asked to do, and doing it.</summary>
sealed class CommandLine(string[] arguments)
{
    const int Skipped = 77;

    public int Run()
    {
        using EalSession eal = EalSession.Start(new NoHugeArguments(256));
        string? only = Value("--only");
        List<Scenario> scenarios = Scenario.All(Path.Combine(AppContext.BaseDirectory, "Scenarios"));
        var ledger = new DifferenceLedger();
        int failed = 0;
        foreach (Topology topology in Enum.GetValues<Topology>())
        {
            List<ScenarioResult> results = [];
            Exception? error = null;
            var thread = new Thread(() =>
            {
                try
                {
                    using var kernel = new KernelRouter(topology);
                    foreach (Scenario scenario in scenarios.Where(s => s.Setup.Topology == topology
                        && (only == null || $"{s.Group}: {s.Title}".Contains(only, StringComparison.OrdinalIgnoreCase))))
                    {
                        results.Add(ScenarioRun.Run(scenario, kernel, ledger));
                    }
                }
                catch (Exception exception)
                {
                    error = exception;
                }
            });
            thread.Start();
            thread.Join();
            foreach (ScenarioResult result in results)
            {
                if (result.Failure != null)
                {
                    failed++;
                    Console.WriteLine($"FAILED {result.Scenario.Group}: {result.Scenario.Title}\n   {result.Failure}");
                }
            }

            Console.WriteLine($"{topology}: {results.Count} run");
            if (error != null)
            {
                Console.WriteLine(error);
                return Skipped;
            }
        }

        return failed == 0 ? 0 : 1;
    }

    string? Value(string option)
    {
        int at = Array.IndexOf(arguments, option);
        return at < 0 || at + 1 == arguments.Length ? null : arguments[at + 1];
    }
}
