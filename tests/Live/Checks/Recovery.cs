using System.Diagnostics;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>The link that is being used goes away for a moment.</summary>
static class Recovery
{
    /// <summary>Bytes by which a transfer is under way.</summary>
    const long Begun = 1_000_000;

    static readonly TimeSpan s_down = TimeSpan.FromSeconds(1);

    public static Check Check(Options options) => new("curl over a link that goes down and comes back", RunAsync)
    {
        Tools = ["curl", "python3", "sha256sum", "bash"],
        Limit = options.TransferLimit,
    };

    static async Task<string> RunAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        var clock = Stopwatch.StartNew();
        long begun = await site.Server.SentBytesAsync(stop) + Begun;
        Task transfer = HttpServer.DownloadAsync(site, site.Client, site.Server, 4, stop);

        // A program takes its time to start, most of all beside two workers on two cores; before it has connected, a link that is down only refuses.
        while (!transfer.IsCompleted && await site.Server.SentBytesAsync(stop) < begun)
        {
            await Task.Delay(10, stop);
        }

        await site.Server.DownAsync();
        await Task.Delay(s_down, stop);
        bool wasUnderWay = !transfer.IsCompleted;
        await site.Server.UpAsync();
        TimeSpan back = await site.AwaitPassageAsync(site.Client, site.Server, 4, stop);
        TimeSpan back6 = await site.AwaitPassageAsync(site.Client, site.Server, 6, stop);
        await transfer;
        CheckFailedException.Unless(wasUnderWay, "the transfer was over before the link went down");
        return $"{Transfers.Rate(site.Options.Payload.Bytes, clock.Elapsed)}, back after {back.TotalSeconds:0.0} s, IPv6 {back6.TotalSeconds:0.0} s later";
    }
}
