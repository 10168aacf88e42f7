using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Generating;
using Conntrack.Kernel.Scenarios;

namespace Conntrack.Kernel;

/// <summary>The table at the end, and whether anything in it is a failure.</summary>
sealed class Report(DifferenceLedger differences)
{
    /// <summary>A random run of this many packets must have gone through every legal transition this often.</summary>
    const int PacketsThatReachEveryCell = 100_000;
    const int LeastPerCell = 100;
    const double LeastChanging = 0.3;

    readonly List<ScenarioResult> _scenarios = [];
    readonly List<ScenarioResult> _inBursts = [];
    readonly List<string> _failures = [];
    readonly List<(RandomOptions Options, RandomResult Result)> _random = [];

    public bool HasFailed => _failures.Count != 0 || _scenarios.Concat(_inBursts).Any(result => result.Failure != null);

    public void AddFailures(IEnumerable<string> failures) => _failures.AddRange(failures);

    public void Add(IEnumerable<ScenarioResult> results) => _scenarios.AddRange(results);

    /// <summary>The same scenarios, their packets in bursts.</summary>
    public void AddInBursts(IEnumerable<ScenarioResult> results) => _inBursts.AddRange(results);

    public void Add(RandomOptions options, RandomResult result)
    {
        _random.Add((options, result));
        if (result.Failure != null)
        {
            _failures.Add($"random packet {result.Packets + 1}: a disagreement");
            return;
        }

        if (options.Burst != 1 || !options.Protocols.HasFlag(Protocols.Tcp))
        {
            return;
        }

        if (result.Changing < LeastChanging * result.Packets)
        {
            _failures.Add($"only {result.Changing} of {result.Packets} random packets changed a state");
        }

        if (result.Packets >= PacketsThatReachEveryCell)
        {
            _failures.AddRange(result.Cells.Legal().Where(cell => cell.Count < LeastPerCell)
                .Select(cell => $"transition {cell.Cell}: gone through {cell.Count} times, {LeastPerCell} wanted"));
        }
    }

    /// <param name="output">Where to.</param>
    /// <param name="complete">Everything was run: a difference that was not observed is none any more.</param>
    public void Write(TextWriter output, bool complete)
    {
        foreach (ScenarioResult result in _scenarios.Concat(_inBursts).Where(result => result.Failure != null))
        {
            output.WriteLine($"FAILED {result.Scenario.Group}: {result.Scenario.Title}\n   {result.Failure}");
        }

        foreach ((_, RandomResult result) in _random.Where(run => run.Result.Failure != null))
        {
            output.WriteLine($"\nDISAGREEMENT, as a scenario:\n{result.Failure}");
        }

        WriteScenarios(output, "scenarios", _scenarios);
        WriteScenarios(output, "scenarios in bursts", _inBursts);
        foreach ((RandomOptions options, RandomResult result) in _random)
        {
            WriteRandom(output, options, result);
        }

        output.WriteLine("\ndifferences observed (docs/differences.md)");
        foreach ((string title, int count) in differences.Observed)
        {
            output.WriteLine($"  {count,8}  {title}");
            if (complete && count == 0)
            {
                _failures.Add($"the difference '{title}' was not observed: it is none any more");
            }
        }

        foreach (string failure in _failures)
        {
            output.WriteLine($"FAILED {failure}");
        }
    }

    static void WriteScenarios(TextWriter output, string title, List<ScenarioResult> scenarios)
    {
        output.WriteLine($"\n{title,-24}{"passed",8}{"failed",8}");
        foreach (IGrouping<string, ScenarioResult> group in scenarios.GroupBy(result => result.Scenario.Group))
        {
            output.WriteLine($"  {group.Key,-22}{group.Count(HasPassed),8}{group.Count(r => r.Failure != null),8}");
            foreach (IGrouping<string?, ScenarioResult> skipped in group.Where(r => r.Skipped != null).GroupBy(r => r.Skipped))
            {
                output.WriteLine($"    {skipped.Count()} skipped: this kernel has no such helpers: {skipped.Key}");
            }
        }

        output.WriteLine($"  {"all",-22}{scenarios.Count(HasPassed),8}{scenarios.Count(r => r.Failure != null),8}");
    }

    static bool HasPassed(ScenarioResult result) => result.Failure == null && result.Skipped == null;

    static void WriteRandom(TextWriter output, RandomOptions options, RandomResult result)
    {
        output.WriteLine($"\nrandom packets            seed {options.Seed}, burst {options.Burst}, workers {options.Workers}, {options.Protocols}");
        output.WriteLine($"  agreed on             {result.Packets,8} of {options.Packets}, {result.Packets / result.Elapsed.TotalSeconds:0} a second"
            + (result.Restarts == 0 ? "" : $", begun anew {result.Restarts} times after the machine had stood still"));
        if (options.Burst == 1)
        {
            output.WriteLine($"  changed a state       {result.Changing,8}, {100.0 * result.Changing / Math.Max(result.Packets, 1):0} %");
            output.WriteLine($"  TCP transitions, those marked - are none:\n{result.Cells}");
        }
    }
}
