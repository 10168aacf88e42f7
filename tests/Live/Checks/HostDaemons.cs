using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>The router is a host too: one of its daemons may be reached, one may not, and it reaches others itself.</summary>
static class HostDaemons
{
    public static IReadOnlyList<Check> All { get; } =
    [
        .. Reaching.Families.SelectMany(family => (Check[])
        [
            new($"a daemon is reached, IPv{family}", (site, stop) => ReachedAsync(site, family, stop)) { Tools = ["curl", "python3"] },
            new($"another is not, IPv{family}", (site, stop) => RefusedAsync(site, family, stop)) { Tools = ["curl", "python3"] },
            new($"the router asks a host, IPv{family}", (site, stop) => OutgoingAsync(site, family, stop)) { Tools = ["curl", "python3"] },
        ]),
    ];

    static async Task<string> ReachedAsync(Site site, int family, CancellationToken stop)
    {
        await using RunningProgram daemon = await HttpServer.StartAsync(site, site.Router.AsHost, stop, Router.OpenDaemonPort);
        string sent = await FetchAsync(site.Client.Namespace, Url(site, family, Router.OpenDaemonPort), stop);
        CheckFailedException.Unless(sent == "1000000", $"{sent} bytes");
        return $"{sent} bytes";
    }

    static async Task<string> RefusedAsync(Site site, int family, CancellationToken stop)
    {
        await using RunningProgram daemon = await HttpServer.StartAsync(site, site.Router.AsHost, stop, Router.ClosedDaemonPort);
        const int TimedOut = 28;
        Command curl = await site.Client.Namespace.TryAsync(
            stop, "curl", "-sS", "-g", "--connect-timeout", "2", "-o", "/dev/null", Url(site, family, Router.ClosedDaemonPort));
        CheckFailedException.Unless(curl.ExitCode == TimedOut, $"curl: exit code {curl.ExitCode}: {curl.LastWords}");
        return "no answer within 2 s";
    }

    static async Task<string> OutgoingAsync(Site site, int family, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        string sent = await FetchAsync(site.Router.AsHost.Namespace, HttpServer.Url(site.Server, family) + "1000000", stop);
        CheckFailedException.Unless(sent == "1000000", $"{sent} bytes");
        return $"{sent} bytes";
    }

    static Task<string> FetchAsync(Namespace from, string url, CancellationToken stop) =>
        from.RunAsync(stop, "curl", "-fsS", "-g", "--max-time", "10", "-o", "/dev/null", "--write-out", "%{size_download}", url);

    static string Url(Site site, int family, int port) => HttpServer.Url(site.Router.AsHost, family, port) + "1000000";
}
