using System.Globalization;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;
using Conntrack.V1;

namespace Conntrack.Live.Checks;

/// <summary>Everything at once for a long time; afterwards the books balance, no buffer is lost and memory has stopped growing.</summary>
static class Soak
{
    /// <summary>A managed heap breathes, and means over minutes do not; what leaks a packet buffer's worth a second is beyond this in a quarter of an hour.</summary>
    const double MostGrowthBytes = 8 << 20;

    /// <summary>A burst may be at work when the counters are read.</summary>
    const ulong MostMoreBuffers = 32;

    static readonly TimeSpan s_sample = TimeSpan.FromSeconds(2);

    /// <summary>Longer than a fragment waits for the rest of its datagram.</summary>
    static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(75);

    public static IReadOnlyList<Check> All(TimeSpan duration) =>
    [
        new($"{duration.TotalMinutes:0.#} minutes of everything", (site, stop) => RunAsync(site, duration, stop))
        {
            Tools = ["curl", "python3", "iperf3", "sha256sum", "bash"],
            Limit = duration + TimeSpan.FromMinutes(5),
            Obstacle = arrangement => arrangement.IsCtrack ? null : "Linux has no counters of ours",
        },
    ];

    static async Task<string> RunAsync(Site site, TimeSpan duration, CancellationToken stop)
    {
        var router = (CtrackRouter)site.Router;
        GetStatsResponse before = await QuietAsync(router, stop);
        await using var traffic = new MixedTraffic(site);
        List<double> resident = [];
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            end.CancelAfter(duration);
            Task running = traffic.RunAsync(end.Token);
            while (!running.IsCompleted)
            {
                router.ThrowIfEnded();
                resident.Add(ResidentBytes(router.ProcessId));
                await Task.WhenAny(running, Task.Delay(s_sample, stop));
            }

            await running;
        }

        stop.ThrowIfCancellationRequested();
        GetStatsResponse after = await QuietAsync(router, stop);
        (ulong came, ulong went, string books) = CtrackEnd.Books(after);
        ulong heldBefore = before.Buffers.Total - before.Buffers.Free, heldAfter = after.Buffers.Total - after.Buffers.Free;
        double growth = Growth(resident);
        string figure = string.Create(
            CultureInfo.InvariantCulture,
            $"{traffic.Summary}; resident {resident[^1] / 1e6:0} MB, {growth / 1e6:+0.0;-0.0} MB from the third quarter to the last; {heldBefore} buffers in use before, {heldAfter} after; {books}");
        CheckFailedException.Unless(came == went, $"{came} came and {went} went; {figure}");
        CheckFailedException.Unless(heldAfter <= heldBefore + MostMoreBuffers, $"buffers are lost; {figure}");
        CheckFailedException.Unless(growth <= MostGrowthBytes, $"memory grows; {figure}");
        return figure;
    }

    /// <summary>Counters at a moment when nothing is held and the books balance, or as they are when that moment does not come.</summary>
    static async Task<GetStatsResponse> QuietAsync(CtrackRouter router, CancellationToken stop)
    {
        DateTime late = DateTime.UtcNow + s_quiet;
        while (true)
        {
            await Task.Delay(500, stop);
            GetStatsResponse stats = await router.StatsAsync(stop);
            (ulong came, ulong went, _) = CtrackEnd.Books(stats);
            if ((came == went && stats.Held == 0) || DateTime.UtcNow > late)
            {
                return stats;
            }
        }
    }

    /// <summary>By how much the mean of the last quarter exceeds that of the quarter before.</summary>
    static double Growth(List<double> samples)
    {
        int quarter = Math.Max(samples.Count / 4, 1);
        return samples.TakeLast(quarter).Average() - samples.SkipLast(quarter).TakeLast(quarter).DefaultIfEmpty(samples[0]).Average();
    }

    static double ResidentBytes(int process) =>
        double.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
