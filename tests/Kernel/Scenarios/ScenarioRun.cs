using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;

namespace Conntrack.Kernel.Scenarios;

/// <summary>What came of a scenario; no failure when both agree everywhere and the kernel does what the scenario says.</summary>
/// <param name="Scenario">What was run.</param>
/// <param name="Failure">The first step that differed, and in what.</param>
/// <param name="Annotated">Every step with what the kernel said of it.</param>
/// <param name="Shown">The same, and the kernel's table after each.</param>
sealed record ScenarioResult(Scenario Scenario, string? Failure, IReadOnlyList<string> Annotated, IReadOnlyList<string> Shown);

/// <summary>A scenario on the bench.</summary>
static class ScenarioRun
{
    static int s_runs;

    public static ScenarioResult Run(Scenario scenario, KernelRouter kernel, DifferenceLedger differences, int burst = 1)
    {
        int run = Interlocked.Increment(ref s_runs);
        List<string> annotated = [];
        List<string> shown = [];
        using var bench = new Bench(kernel, scenario.Setup, burst, differences);
        string? failure = null;
        for (int i = 0; i < scenario.Steps.Count; i++)
        {
            Step step = scenario.Steps[i];
            List<Disagreement> found = step.Packet == null ? bench.Wait(step.Wait) : bench.Send(step.Packet.ToFrame(run));
            string state = step.Packet == null ? "" : bench.KernelOutcomes[0].State.ToString().ToLowerInvariant();
            annotated.Add(step.Packet == null ? step.Line : $"{step.Packet.Text} = {state}");
            shown.AddRange([annotated[^1], .. bench.KernelTable.Select(entry => $"      {entry}"), .. found.Select(d => $"   !  {d}")]);
            if (failure == null && found.Count != 0)
            {
                failure = $"step {i + 1}: {step.Line}\n" + string.Join('\n', found.Select(d => $"      {d}"));
            }
            else if (failure == null && step.Expected != null && step.Expected != state)
            {
                failure = $"step {i + 1}: {step.Line}\n      the kernel says {state}: the scenario is wrong about Linux";
            }
        }

        return new ScenarioResult(scenario, failure, annotated, shown);
    }
}
