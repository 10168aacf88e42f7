namespace Conntrack.Control.Router;

/// <summary>Which CPUs the host's threads keep to, and where the workers begin.</summary>
/// <param name="Control">CPUs of the control plane; at least one.</param>
/// <param name="FirstWorker">CPU of worker 0, the others on those after it. Null when there are not enough: then nobody is pinned.</param>
public sealed record CpuPlan(IReadOnlyList<int> Control, int? FirstWorker)
{
    /// <summary>
    /// The first CPU is the control plane's, and workers take a run of others: a worker polls, so whatever else runs on its CPU, a garbage
    /// collection or a call, is a gap in which packets wait. CPUs left over stay free, for the control plane has no work for them that a
    /// worker could not be disturbed by over shared caches.
    /// </summary>
    /// <param name="cpus">CPUs the process may use, ascending.</param>
    /// <param name="workers">How many workers.</param>
    public static CpuPlan For(IReadOnlyList<int> cpus, int workers)
    {
        for (int first = 1; first + workers <= cpus.Count; first++)
        {
            if (cpus[first + workers - 1] - cpus[first] == workers - 1)
            {
                return new CpuPlan([cpus[0]], cpus[first]);
            }
        }

        return new CpuPlan(cpus, null);
    }
}
