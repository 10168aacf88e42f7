using System.Globalization;
using System.Text.RegularExpressions;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>Whether packets come through, and which way.</summary>
static partial class Reaching
{
    const int Pings = 20;

    public static IEnumerable<Check> All(bool isShort) =>
    [
        .. Families.Select(family => new Check($"ping IPv{family}", (site, stop) => PingAsync(site, family, stop)) { Tools = ["ping"], IsShort = isShort }),
        .. Families.Select(family => new Check($"traceroute IPv{family}", (site, stop) => TraceAsync(site, family, stop))
        {
            Tools = ["traceroute"],
            IsShort = isShort,
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire is no hop" : null,
        }),
        new Check("hosts send whole frames", WholeFramesAsync) { Tools = ["python3", "ping"], IsShort = isShort },
    ];

    public static readonly int[] Families = [4, 6];

    static async Task<string> PingAsync(Site site, int family, CancellationToken stop)
    {
        (int lost, string figure) = await PingAsync(site.Client, site.Server, family, Pings, "0.05", stop);
        CheckFailedException.Unless(lost == 0, figure);
        return figure;
    }

    /// <summary>How many of so many got no answer, and ping's own last words.</summary>
    public static async Task<(int Lost, string Figure)> PingAsync(Host from, Host to, int family, int count, string interval, CancellationToken stop)
    {
        Command ping = await from.Namespace.TryAsync(
            stop, "ping", $"-{family}", "-q", "-c", $"{count}", "-i", interval, "-W", "2", to.Address(family));
        Match received = Received().Match(ping.Output);
        if (!received.Success)
        {
            throw new CheckFailedException($"ping: {ping.LastWords}");
        }

        int lost = Number(received.Groups["sent"]) - Number(received.Groups["received"]);
        Match times = Times().Match(ping.Output);
        return (lost, $"{lost} of {count} lost" + (times.Success ? $", {times.Groups["average"]} ms on average" : ""));
    }

    static async Task<string> TraceAsync(Site site, int family, CancellationToken stop)
    {
        string output = await site.Client.Namespace.RunAsync(
            stop, "traceroute", $"-{family}", "-n", "-q", "1", "-w", "3", "-m", "5", site.Server.Address(family));
        string[] hops = [.. Hop().Matches(output).Select(match => match.Groups["address"].Value)];
        HostPlan client = site.Plan.Hosts[0];
        string[] expected = [(family == 4 ? client.Gateway4 : client.Gateway6)!, site.Server.Address(family)];
        CheckFailedException.Unless(hops.SequenceEqual(expected), $"hops {string.Join(' ', hops)}, expected {string.Join(' ', expected)}");
        return string.Join(' ', hops);
    }

    /// <summary>What everything else relies on: nothing is left to hardware that is not there.</summary>
    static async Task<string> WholeFramesAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        await using RunningProgram watcher = site.Client.Namespace.StartPython("checksums.py", site.Client.Link, $"{AddressPlan.Ordinary}", "1.5");
        await watcher.ReadLineAsync(stop);
        await site.Client.Namespace.RunAsync(stop, "curl", "-fsS", "-T", "/bin/bash", HttpServer.Url(site.Server, 4));
        int[] counts = [.. (await watcher.ReadLineAsync(stop)).Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        string figure = $"{counts[0]} frames, {counts[1]} with a partial checksum, {counts[2]} larger than the MTU";
        CheckFailedException.Unless(counts[0] > 100 && counts[1] == 0 && counts[2] == 0, figure);
        return figure;
    }

    static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("(?<sent>[0-9]+) packets transmitted, (?<received>[0-9]+) received")]
    private static partial Regex Received();

    [GeneratedRegex("= [0-9.]+/(?<average>[0-9.]+)/")]
    private static partial Regex Times();

    [GeneratedRegex("^ *[0-9]+  (?<address>[0-9a-f.:*]+)", RegexOptions.Multiline)]
    private static partial Regex Hop();
}
