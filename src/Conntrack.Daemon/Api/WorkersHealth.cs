using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Conntrack.Daemon.Api;

/// <summary>Serving means that every worker goes round its loop.</summary>
sealed class WorkersHealth(RunningRouter router) : IHealthCheck
{
    /// <summary>Loops take microseconds; a worker that was scheduled away is back by then.</summary>
    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
    const int Tries = 10;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<WorkerCounters> before = router.Workers;
        for (int n = 0; n < Tries; n++)
        {
            await Task.Delay(s_interval, cancellationToken);
            if (router.Workers.Zip(before).All(worker => worker.First.Bursts != worker.Second.Bursts))
            {
                return HealthCheckResult.Healthy();
            }
        }

        return HealthCheckResult.Unhealthy("a worker stands still");
    }
}
