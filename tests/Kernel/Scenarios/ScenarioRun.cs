using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;

namespace Conntrack.Kernel.Scenarios;

/// <summary>What came of a scenario; no failure when both agree everywhere and the kernel does what the scenario says.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Failure">The first step that differed, and in what.</param>
/// <param name="Annotated">Every step with what the kernel said of it.</param>
/// <param name="Shown">The same, and the kernel's table after each.</param>
sealed record ScenarioResult(Scenario Scenario, string? Failure, IReadOnlyList<string> Annotated, IReadOnlyList<string> Shown)
{
    /// <summary>Why this kernel cannot be asked; null when it was.</summary>
    public string? Skipped { get; init; }
}

/// <summary>A scenario on the bench.</summary>
static class ScenarioRun
{
    /// <summary>Of a scenario around whose failure the machine had stood still: the two may not have seen a frame at the same time.</summary>
    const int Attempts = 10;

    static int s_runs;

    public static ScenarioResult Run(Scenario scenario, KernelRouter kernel, DifferenceLedger differences, int burst = 1)
    {
        if (scenario.Setup.Helpers && !kernel.TryPrepare(scenario.Setup))
        {
            return new ScenarioResult(scenario, null, [], []) { Skipped = kernel.HelperObstacle };
        }

        for (int attempt = 1; ; attempt++)
        {
            ScenarioResult result = Run(scenario, kernel, differences, burst, out bool isDoubtful);
            if (!isDoubtful || attempt == Attempts)
            {
                return result;
            }
        }
    }

    static ScenarioResult Run(Scenario scenario, KernelRouter kernel, DifferenceLedger differences, int burst, out bool isDoubtful)
    {
        isDoubtful = false;
        int run = Interlocked.Increment(ref s_runs);
        List<string> annotated = [];
        List<string> shown = [];
        using var bench = new Bench(kernel, scenario.Setup, burst, differences);
        string? failure = null;
        for (int first = 0, next; first < scenario.Steps.Count; first = next)
        {
            next = EndOfBurst(scenario.Steps, first, burst);
            Step[] steps = [.. scenario.Steps.Take(first..next)];
            bool isWait = steps[0].Packet == null;
            List<Disagreement> found = isWait ? bench.Wait(steps[0].Wait) : bench.Send([.. steps.Select(step => step.Packet!.ToFrame(run))]);
            string[] states = isWait ? [""] : [.. bench.KernelOutcomes.Select(outcome => outcome.State.ToString().ToLowerInvariant())];
            string[] lines = [.. steps.Select((step, n) => step.Packet == null ? step.Line : $"{step.Packet.Text} = {states[n]}")];
            annotated.AddRange(lines);
            shown.AddRange([.. lines, .. bench.KernelTable.Select(entry => $"      {entry}"), .. found.Select(d => $"   !  {d}")]);
            if (failure == null && found.Count != 0)
            {
                failure = $"step {first + 1} to {next}: {steps[^1].Line}\n" + string.Join('\n', found.Select(d => $"      {d}"));
                isDoubtful = bench.IsDoubtful;
            }

            for (int n = 0; failure == null && n < steps.Length; n++)
            {
                if (steps[n].Expected != null && steps[n].Expected != states[n])
                {
                    failure = $"step {first + n + 1}: {steps[n].Line}\n      the kernel says {states[n]}: the scenario is wrong about Linux";
                    isDoubtful = bench.IsDoubtful;
                }
            }
        }

        return new ScenarioResult(scenario, failure, annotated, shown);
    }

    /// <summary>Packets go together until time passes or the burst is full.</summary>
    static int EndOfBurst(IReadOnlyList<Step> steps, int first, int burst)
    {
        int end = first + 1;
        while (steps[first].Packet != null && end < steps.Count && steps[end].Packet != null && end - first < burst)
        {
            end++;
        }

        return end;
    }
}
