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
        new("what it asks and who asks it is translated", TranslatedAsync) { Tools = ["curl", "python3"], IsShort = true },
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

    /// <summary>
    /// The router asks an address that nobody has and gets the server; and its daemon answers a client that comes from an address nobody has. Last in
    /// its scene, for the rules stay.
    /// </summary>
    static async Task<string> TranslatedAsync(Site site, CancellationToken stop)
    {
        string asked = OfNobody(site.Server.Address4), comes = OfNobody(site.Client.Address4);
        await site.Router.TranslateOwnAsync(asked, site.Server.Address4, Router.OpenDaemonPort, comes, stop);
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        await using RunningProgram daemon = await HttpServer.StartAsync(site, site.Router.AsHost, stop, Router.OpenDaemonPort);
        string output = await FetchAsync(site.Router.AsHost.Namespace, $"http://{asked}:{HttpServer.Port}/1000000", stop);
        string input = await FetchAsync(site.Client.Namespace, Url(site, 4, Router.OpenDaemonPort), stop);
        CheckFailedException.Unless((output, input) == ("1000000", "1000000"), $"{output} and {input} bytes");
        IReadOnlyList<ListedConnection> connections = await site.Router.ConnectionsAsync(stop);
        CheckFailedException.Unless(
            connections.Any(connection => connection.Destination == asked && connection.ReplySource == site.Server.Address4), $"no connection to {asked} is listed");
        CheckFailedException.Unless(
            connections.Any(connection => connection.Source == site.Client.Address4 && connection.ReplyDestination == comes), $"no connection that comes from {comes} is listed");
        return $"to {asked} and from {comes}";
    }

    static string OfNobody(string neighbour) => neighbour[..^1] + "77";

    static Task<string> FetchAsync(Namespace from, string url, CancellationToken stop) =>
        from.RunAsync(stop, "curl", "-fsS", "-g", "--max-time", "10", "-o", "/dev/null", "--write-out", "%{size_download}", url);

    static string Url(Site site, int family, int port) => HttpServer.Url(site.Router.AsHost, family, port) + "1000000";
}
