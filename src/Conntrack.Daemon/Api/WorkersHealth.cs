using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conntrack.Daemon.Api;

/// <summary>
/// Serving means that every worker goes round its loop, or would if it had its CPU: one whom something else keeps from it serves badly, and
/// the check says whose fault that is.
/// </summary>
sealed class WorkersHealth(RunningRouter router) : IHealthCheck
{
    /// <summary>Loops take microseconds; a worker that was scheduled away for a moment is back by the last try.</summary>
    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
    const int Tries = 10;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<WorkerCounters> before = router.Workers;
        ThreadTime?[] times = [.. before.Select((_, worker) => router.TimeOf(worker))];
        int[] standing = [];
        for (int n = 0; n < Tries; n++)
        {
            await Task.Delay(s_interval, cancellationToken);
            IReadOnlyList<WorkerCounters> now = router.Workers;
            standing = [.. Enumerable.Range(0, before.Count).Where(worker => now[worker].Bursts == before[worker].Bursts)];
            if (standing.Length == 0)
            {
                return HealthCheckResult.Healthy();
            }
        }

        int[] stuck = [.. standing.Where(worker => !IsKeptFromCpu(times[worker], router.TimeOf(worker)))];
        return stuck.Length > 0
            ? HealthCheckResult.Unhealthy($"worker {string.Join(", ", stuck)} stands still")
            : HealthCheckResult.Degraded($"worker {string.Join(", ", standing)} waits for its CPU, on which something else runs");
    }

    /// <summary>Ready all the time and run for less than half of it. Who is stuck runs, or waits for something that is no CPU.</summary>
    static bool IsKeptFromCpu(ThreadTime? before, ThreadTime? after) =>
        before is ThreadTime first && after is ThreadTime { IsReady: true } last && last.Ran - first.Ran < s_interval * Tries / 2;
}
