using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>A path narrower than the sender's link: the error must arrive, the sender must believe it, and the transfer must end.</summary>
static partial class PathMtu
{
    public static IEnumerable<Check> All(Options options, bool isShort) =>
    [
        .. Reaching.Families.SelectMany(family => (Check[])
        [
            new($"the client's TCP shrinks, IPv{family}", (site, stop) => RunAsync(site, family, fromServer: false, stop))
            {
                Tools = ["curl", "python3"],
                Limit = options.TransferLimit,
                IsShort = isShort,
            },
            new($"and asked by the server, IPv{family}", (site, stop) => RunAsync(site, family, fromServer: true, stop))
            {
                Tools = ["curl", "python3", "sha256sum", "bash"],
                Limit = options.TransferLimit,
            },
        ]),
    ];

    /// <summary>The data goes to the server in both cases; who opened the connection decides in which direction of it the error is related.</summary>
    static async Task<string> RunAsync(Site site, int family, bool fromServer, CancellationToken stop)
    {
        string[] forget = family == 4 ? ["route", "flush", "cache"] : ["-6", "route", "flush", "cache"];
        await site.Client.Namespace.IpAsync(forget);
        Host listening = fromServer ? site.Client : site.Server;
        await using RunningProgram server = await HttpServer.StartAsync(site, listening, stop);
        var clock = Stopwatch.StartNew();
        await (fromServer
            ? HttpServer.DownloadAsync(site, site.Server, site.Client, family, stop)
            : HttpServer.UploadAsync(site, site.Client, site.Server, family, stop));
        TimeSpan elapsed = clock.Elapsed;
        string route = await site.Client.Namespace.IpAsync($"-{family}", "route", "get", site.Server.Address(family));
        Match learned = Mtu().Match(route);
        CheckFailedException.Unless(
            learned.Success && int.Parse(learned.Groups["mtu"].Value, CultureInfo.InvariantCulture) == AddressPlan.Narrow,
            $"the client learned no MTU of {AddressPlan.Narrow}: {route.Trim()}");
        return $"{Transfers.Rate(site.Options.Payload.Bytes, elapsed)}, the client learned {AddressPlan.Narrow}";
    }

    [GeneratedRegex("\\bmtu (?<mtu>[0-9]+)")]
    private static partial Regex Mtu();
}
