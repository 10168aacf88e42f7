using System.Globalization;
using System.Text.RegularExpressions;
using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>A home behind RouterOS's default configuration: what goes out is masqueraded and fasttracked, and nobody comes in unasked.</summary>
static partial class Home
{
    /// <summary>A download in which nothing was lost is needed to compare counters; a busy machine may lose something every time.</summary>
    const int MostAttempts = 8;

    /// <summary>A tenth of a second apart.</summary>
    const int MostReadings = 10;

    const int TimedOut = 28;

    const string Counters = """
        table inet own {
          chain input { type filter hook input priority 0; tcp sport 8080 counter; }
          chain output { type filter hook output priority 0; tcp dport 8080 counter; }
        }
        """;

    static readonly TimeSpan s_flushed = TimeSpan.FromSeconds(5);

    public static IEnumerable<Check> All(Options options) =>
    [
        .. Reaching.All(isShort: false),
        .. Transfers.All(options, isShort: false).Where(check => check.Name.StartsWith("curl", StringComparison.Ordinal)),
        .. Reaching.Families.Select(family =>
            new Check($"a fasttracked download to the byte, IPv{family}", (site, stop) => BytesAsync(site, family, stop))
            {
                Tools = ["nft", "curl", "python3", "sha256sum", "bash"],
                Limit = options.TransferLimit,
                IsShort = family == 4,
            }),
        new Check("a forwarded port is served", ForwardedAsync) { Tools = ["curl", "python3", "sha256sum", "bash"], Limit = options.TransferLimit, IsShort = true },
        new Check("nobody else comes in", RefusedAsync) { Tools = ["curl", "python3"] },
        .. SameSession.All(isShort: false),
        new Check("masquerade ends with its address", (site, stop) => FlushedAsync(site, AddressAsync, stop)) { Tools = ["ping"], IsShort = true },
        new Check("masquerade ends with its link", (site, stop) => FlushedAsync(site, LinkAsync, stop))
        {
            Tools = ["ping"],
            Obstacle = arrangement => !arrangement.IsCtrack ? "Linux waits for its own end of the link to be set down" : null,
        },
    ];

    /// <summary>What the router lists for the connection, and what the client's own nftables counted of it.</summary>
    static async Task<string> BytesAsync(Site site, int family, CancellationToken stop)
    {
        Namespace client = site.Client.Namespace;
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        for (int attempt = 1; ; attempt++)
        {
            await client.TryAsync(stop, "nft", "delete", "table", "inet", "own");
            await client.RunAsync(stop, "nft", Counters);
            HashSet<int?> before = [.. (await ToServerAsync(site, family, stop)).Select(connection => connection.SourcePort)];
            long again = await SameSession.SentAgainAsync(site, stop);
            await HttpServer.DownloadAsync(site, site.Client, site.Server, family, stop);
            (ListedConnection listed, ulong[] own, ulong[] theirs) = await CountsAsync(site, family, before, stop);
            for (int reading = 1; !own.SequenceEqual(theirs) && reading < MostReadings; reading++)
            {
                // The last acknowledgments may come between one reading and the other.
                await Task.Delay(100, stop);
                (listed, own, theirs) = await CountsAsync(site, family, before, stop);
            }

            if (!own.SequenceEqual(theirs) && await SameSession.SentAgainAsync(site, stop) != again && attempt < MostAttempts)
            {
                // What is lost between the router and the client is counted by one of them.
                continue;
            }

            CheckFailedException.Unless(
                own.SequenceEqual(theirs), $"the client counted [{string.Join(' ', own)}] in and out, the router lists [{string.Join(' ', theirs)}]");
            CheckFailedException.Unless(
                !site.Arrangement.IsCtrack || listed.FastTrackedPackets * 2 > listed.ReplyPackets + listed.OriginalPackets,
                $"only {listed.FastTrackedPackets} of {listed.ReplyPackets + listed.OriginalPackets} packets took FastTrack");
            string from = family == 4 ? site.Plan.Interfaces[1].Address4 : site.Client.Address6;
            CheckFailedException.Unless(listed.ReplyDestination == from, $"it left from {listed.ReplyDestination} and not from {from}");
            return $"{own[1]} bytes in {own[0]} packets, {own[3]} in {own[2]} out, {listed.FastTrackedPackets} packets fasttracked";
        }
    }

    /// <summary>The client's connection since, and what its own rules and the router counted: packets and bytes in, packets and bytes out.</summary>
    static async Task<(ListedConnection Listed, ulong[] Own, ulong[] Theirs)> CountsAsync(Site site, int family, HashSet<int?> before, CancellationToken stop)
    {
        ListedConnection listed = (await ToServerAsync(site, family, stop)).Single(connection => !before.Contains(connection.SourcePort));
        string rules = await site.Client.Namespace.RunAsync(stop, "nft", "list", "table", "inet", "own");
        ulong[] own = [.. Counted().Matches(rules).SelectMany(match => (ulong[])[Number(match.Groups[1]), Number(match.Groups[2])])];
        return (listed, own, [listed.ReplyPackets, listed.ReplyBytes, listed.OriginalPackets, listed.OriginalBytes]);
    }

    static async Task<string> ForwardedAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Client, stop);
        string url = $"http://{site.Plan.Interfaces[1].Address4}:{HttpServer.Port}/";
        string output = await site.Server.Namespace.RunAsync(stop, "bash", "-c", $"set -o pipefail; curl -fsS --connect-timeout 10 {url} | sha256sum");
        CheckFailedException.Unless(output.StartsWith(site.Options.Payload.Sha256, StringComparison.Ordinal), "what came is not what was sent");
        IReadOnlyList<ListedConnection> connections = await site.Router.ConnectionsAsync(stop);
        ListedConnection? listed = connections.FirstOrDefault(connection => connection.Protocol == "tcp" && connection.Source == site.Server.Address4
            && connection.Destination == site.Plan.Interfaces[1].Address4 && connection.ReplySource == site.Client.Address4);
        CheckFailedException.Unless(listed != null, "no connection is listed whose destination is translated");
        return $"{listed!.ReplyBytes} bytes out of the home, SHA-256 right";
    }

    static async Task<string> RefusedAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Client, stop);
        string[] doors =
        [
            $"http://{site.Plan.Interfaces[1].Address4}:22/", HttpServer.Url(site.Client, 4), HttpServer.Url(site.Client, 6),
            $"http://[{site.Plan.Interfaces[1].Address6}]:22/",
        ];
        foreach (string door in doors)
        {
            Command curl = await site.Server.Namespace.TryAsync(stop, "curl", "-sS", "-g", "--connect-timeout", "2", "-o", "/dev/null", door);
            CheckFailedException.Unless(curl.ExitCode == TimedOut, $"{door}: curl: exit code {curl.ExitCode}: {curl.LastWords}");
        }

        return $"{doors.Length} doors, no answer within 2 s";
    }

    /// <summary>A masqueraded connection is there, something happens to the router's outside, and it is there no more.</summary>
    static async Task<string> FlushedAsync(Site site, Func<Site, bool, CancellationToken, Task> happen, CancellationToken stop)
    {
        string own = site.Plan.Interfaces[1].Address4;
        await site.AwaitPassageAsync(site.Client, site.Server, 4, stop);
        CheckFailedException.Unless(await MasqueradedAsync(site, own, stop) > 0, "no connection is masqueraded");
        await happen(site, true, stop);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        int left;
        while ((left = await MasqueradedAsync(site, own, stop)) > 0 && clock.Elapsed < s_flushed)
        {
            await Task.Delay(20, stop);
        }

        TimeSpan gone = clock.Elapsed;
        await happen(site, false, stop);
        await site.AwaitPassageAsync(site.Client, site.Server, 4, stop);
        CheckFailedException.Unless(left == 0, $"{left} masqueraded connections are still there after {s_flushed.TotalSeconds:0} s");
        return string.Create(CultureInfo.InvariantCulture, $"none after {gone.TotalMilliseconds:0} ms, and new ones pass");
    }

    static Task AddressAsync(Site site, bool isGone, CancellationToken stop) => isGone
        ? site.Router.RemoveAddressAsync(site.Plan.Interfaces[1], stop)
        : site.Router.AddAddressAsync(site.Plan.Interfaces[1], stop);

    static Task LinkAsync(Site site, bool isGone, CancellationToken stop) => isGone ? site.Server.DownAsync() : site.Server.UpAsync();

    static async Task<int> MasqueradedAsync(Site site, string address, CancellationToken stop) =>
        (await site.Router.ConnectionsAsync(stop)).Count(connection => connection.Source == site.Client.Address4 && connection.ReplyDestination == address);

    static async Task<IEnumerable<ListedConnection>> ToServerAsync(Site site, int family, CancellationToken stop) =>
        (await site.Router.ConnectionsAsync(stop)).Where(connection => connection.Protocol == "tcp"
            && connection.Source == site.Client.Address(family) && connection.DestinationPort == HttpServer.Port);

    static ulong Number(Group group) => ulong.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("packets ([0-9]+) bytes ([0-9]+)")]
    private static partial Regex Counted();
}
