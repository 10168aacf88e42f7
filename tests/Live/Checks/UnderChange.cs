using System.Diagnostics;
using System.Text.Json;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>A transfer while the control plane is busy: rules come and go, and the list is printed again and again.</summary>
static class UnderChange
{
    public static Check Check(Options options) => new("curl while rules and lists go round", RunAsync)
    {
        Tools = ["curl", "python3", "sha256sum", "bash"],
        Limit = options.TransferLimit,
        Obstacle = arrangement => arrangement.IsCtrack ? null : "Linux has no console of ours",
    };

    static async Task<string> RunAsync(Site site, CancellationToken stop)
    {
        var router = (CtrackRouter)site.Router;
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        var clock = Stopwatch.StartNew();
        Task transfers = TransferAsync(site, stop);
        int swaps = 0, lists = 0;
        while (!transfers.IsCompleted)
        {
            await router.ConsoleAsync("/ip firewall filter add chain=forward action=accept protocol=tcp dst-port=8080 place-before=0 comment=swap", stop);
            using (JsonDocument list = JsonDocument.Parse(await router.ConsoleAsync("/ip firewall connection print", stop, json: true)))
            {
                lists += list.RootElement.GetArrayLength() > 0 ? 1 : 0;
            }

            await router.ConsoleAsync("/ip firewall filter remove [ find comment=swap ]", stop);
            swaps += 2;
        }

        await transfers;
        CheckFailedException.Unless(swaps > 0 && lists > 0, $"{swaps} changes, {lists} lists with a connection");
        return $"{Transfers.Rate(2 * site.Options.Payload.Bytes, clock.Elapsed)}, {swaps} changes of rules, {lists} lists printed, SHA-256 right";
    }

    static async Task TransferAsync(Site site, CancellationToken stop)
    {
        await HttpServer.DownloadAsync(site, site.Client, site.Server, 4, stop);
        await HttpServer.UploadAsync(site, site.Client, site.Server, 6, stop);
    }
}
