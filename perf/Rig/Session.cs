using Conntrack.Native;

namespace Conntrack.Rig;

/// <summary>Where a run happens.</summary>
/// <param name="Worker">The measured core.</param>
/// <param name="Control">The others.</param>
readonly record struct Place(int Worker, IReadOnlyList<int> Control);

/// <summary>What every run of the rig begins and ends with.</summary>
static class Session
{
    /// <summary>Prepares the machine, runs, and puts it back. Returns the exit code: 1 for what failed, 2 for what cannot be had.</summary>
    public static int Run(int worker, bool noHuge, string? source, Func<Place, SourcePlugin, Hugepages, int> run)
    {
        int[] control = [.. CurrentThread.Cpus.Where(cpu => cpu != worker)];
        if (control.Length == 0)
        {
            Console.Error.WriteLine($"rig: no CPU left beside {worker}");
            return 2;
        }

        CurrentThread.Pin(control);
        try
        {
            using Interruption interruption = new();
            using SourcePlugin plugin = new(source);
            using Hugepages hugepages = new(!noHuge);
            return run(new Place(worker, control), plugin, hugepages);
        }
        catch (RigException failure)
        {
            Console.Error.WriteLine($"rig: {failure.Message}");
            return 1;
        }
    }
}
