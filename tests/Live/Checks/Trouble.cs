using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>Something goes wrong at the third host's port, or at an address nobody has: client and server go on, and it heals.</summary>
static class Trouble
{
    const int Bounces = 3;
    const string FloodSeconds = "5";
    const string PerSecond = "2000";

    static readonly TimeSpan s_down = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<Check> All { get; } =
    [
        new("a link goes down and comes back", BounceAsync),
        new("ARP flood", ArpFloodAsync) { Tools = ["python3"] },
        new("a neighbour that never answers, IPv4", (site, stop) => SilenceAsync(site, 4, stop)) { Tools = ["python3"] },
        new("a neighbour that never answers, IPv6", (site, stop) => SilenceAsync(site, 6, stop)) { Tools = ["python3"] },
        new("one side has a larger MTU", WrongMtuAsync),
        new("a route comes and goes", FlapAsync),

        // The last: what is deleted does not come back.
        new("an interface is deleted", DeleteAsync),
    ];

    static async Task<string> BounceAsync(Site site, CancellationToken stop)
    {
        List<TimeSpan> back = [];
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
        {
            for (int n = 0; n < Bounces; n++)
            {
                await site.Third.DownAsync();
                await Task.Delay(s_down, stop);
                await site.Third.UpAsync();
                back.Add(await site.AwaitPassageAsync(site.Client, site.Third, 4, stop));
                back.Add(await site.AwaitPassageAsync(site.Third, site.Server, 6, stop));
            }
        });
        return $"{figure}; {Bounces} times, back after {back.Max().TotalSeconds:0.0} s at most";
    }

    static async Task<string> ArpFloodAsync(Site site, CancellationToken stop)
    {
        string frames = "";
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
            frames = await site.Third.Namespace.PythonAsync(stop, "arp_flood.py", site.Third.Link, site.Third.Plan.Gateway4!, FloodSeconds));
        await site.AwaitPassageAsync(site.Client, site.Third, 4, stop);
        return $"{figure}; {frames.Trim()} frames of flood{await DropsAsync(site, stop)}";
    }

    static async Task<string> SilenceAsync(Site site, int family, CancellationToken stop)
    {
        string nobody = site.Server.Address(family)[..^1] + "77";
        string sent = "";
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
            sent = await site.Third.Namespace.PythonAsync(stop, "udp_blast.py", nobody, FloodSeconds, PerSecond));
        if (site.Router is CtrackRouter router)
        {
            // Most of them found the queue full; the others wait until nobody has answered three times.
            Google.Protobuf.Collections.MapField<string, ulong> dropped = (await router.StatsAsync(stop)).Dropped;
            CheckFailedException.Unless(dropped.ContainsKey("neighbour-queue-full"), $"no packet is counted as dropped for its neighbour{await DropsAsync(site, stop)}");
        }

        return $"{figure}; {sent.Trim()} datagrams to nobody{await DropsAsync(site, stop)}";
    }

    /// <summary>Frames larger than the router's link has them are lost on the way in; everything else is as before.</summary>
    static async Task<string> WrongMtuAsync(Site site, CancellationToken stop)
    {
        Namespace third = site.Third.Namespace;
        await third.IpAsync("link", "set", site.Third.Link, "mtu", "9000");
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
        {
            await third.TryAsync(stop, "ping", "-4", "-q", "-M", "do", "-s", "4000", "-c", "20", "-i", "0.05", "-W", "1", site.Server.Address4);
            await third.TryAsync(stop, "ping", "-6", "-q", "-M", "do", "-s", "4000", "-c", "20", "-i", "0.05", "-W", "1", site.Server.Address6);
            (int lost, string small) = await Reaching.PingAsync(site.Third, site.Server, 4, 20, "0.05", stop);
            CheckFailedException.Unless(lost == 0, $"small packets of the host with the larger MTU: {small}");
        });
        await third.IpAsync("link", "set", site.Third.Link, "mtu", $"{AddressPlan.Ordinary}");
        await site.AwaitPassageAsync(site.Client, site.Third, 4, stop);
        return figure + await DropsAsync(site, stop);
    }

    static async Task<string> FlapAsync(Site site, CancellationToken stop)
    {
        const int Flaps = 200;
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
        {
            for (int n = 0; n < Flaps; n++)
            {
                await site.Router.AddRouteAsync(AddressPlan.BeyondNetwork4, site.Third.Address4, stop);
                await site.Router.RemoveRouteAsync(AddressPlan.BeyondNetwork4, stop);
            }
        });
        return $"{figure}; {Flaps} times";
    }

    static async Task<string> DeleteAsync(Site site, CancellationToken stop)
    {
        string figure = await Undisturbed.WhileAsync(site, stop, async () =>
        {
            await site.Third.Namespace.IpAsync("link", "delete", site.Third.Link);
            await Task.Delay(s_down, stop);

            // What is sent to where nothing is any more must hurt nobody else.
            await site.Client.Namespace.TryAsync(stop, "ping", "-4", "-q", "-c", "20", "-i", "0.05", "-W", "1", site.Third.Address4);
        });
        site.Router.ThrowIfEnded();
        return figure;
    }

    /// <summary>What ctrack's counters tell of it.</summary>
    static async Task<string> DropsAsync(Site site, CancellationToken stop)
    {
        if (site.Router is not CtrackRouter router)
        {
            return "";
        }

        string[] drops = [.. (await router.StatsAsync(stop)).Dropped.Select(pair => $"{pair.Key} {pair.Value}")];
        return drops.Length == 0 ? "; no drops" : $"; dropped so far: {string.Join(", ", drops)}";
    }
}
