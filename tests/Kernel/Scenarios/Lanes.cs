using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Conntrack.Kernel.Comparing;
using Conntrack.Kernel.Linux;

namespace Conntrack.Kernel.Scenarios;

/// <summary>
/// Threads with a kernel router each. Scenarios that wait take real time, so several wait side by side; the longest begin first.
/// </summary>
static class Lanes
{
    public static List<ScenarioResult> Run(IReadOnlyList<Scenario> scenarios, int routerLanes, DifferenceLedger differences, int burst)
    {
        ConcurrentDictionary<Scenario, ScenarioResult> results = [];
        List<(Thread Thread, Func<Exception?> Error)> threads = [];
        foreach (Topology topology in Enum.GetValues<Topology>())
        {
            List<Scenario> mine = [.. scenarios.Where(s => s.Setup.Topology == topology).OrderByDescending(s => s.Duration)];
            ConcurrentQueue<Scenario> queue = new(mine);
            int lanes = Math.Min(topology == Topology.Router ? routerLanes : 1, mine.Count);
            for (int lane = 0; lane < lanes; lane++)
            {
                threads.Add(Start(topology, kernel =>
                {
                    while (queue.TryDequeue(out Scenario? scenario))
                    {
                        results[scenario] = ScenarioRun.Run(scenario, kernel, differences, burst);
                    }
                }));
            }
        }

        foreach ((Thread thread, _) in threads)
        {
            thread.Join();
        }

        if (threads.Select(lane => lane.Error()).FirstOrDefault(error => error != null) is Exception error)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return [.. scenarios.Select(scenario => results[scenario])];
    }

    /// <summary>One piece of work on a router of its own.</summary>
    public static T On<T>(Topology topology, Func<KernelRouter, T> work)
    {
        T? result = default;
        (Thread thread, Func<Exception?> error) = Start(topology, kernel => result = work(kernel));
        thread.Join();
        if (error() is Exception failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return result!;
    }

    static (Thread Thread, Func<Exception?> Error) Start(Topology topology, Action<KernelRouter> work)
    {
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = new KernelRouter(topology);
                work(kernel);
            }
            catch (Exception exception) when (exception is KernelUnavailableException or IOException or InvalidDataException or FormatException
                or Native.NativeException)
            {
                error = exception;
            }
        })
        { Name = $"lane {topology}" };
        thread.Start();
        return (thread, () => error);
    }
}
