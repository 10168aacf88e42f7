using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>Much data: whole files by curl, and what iperf3 measures.</summary>
static class Transfers
{
    const int IperfPort = 5201;

    /// <summary>A rate that every port type carries on a busy machine, and the share that may be lost of it: queues are short, CPUs are shared.</summary>
    const string UdpRate = "10M";
    const double MostLostPercent = 1;

    /// <summary>Workers that share their CPUs with the control plane and with the hosts stand still for milliseconds, and queues run over.</summary>
    const double MostLostPercentOnSharedCpus = 5;

    public static IEnumerable<Check> All(Options options, bool isShort) =>
    [
        .. Reaching.Families.SelectMany(family => (Check[])
        [
            new($"curl downloads, IPv{family}", (site, stop) => CurlAsync(site, family, isUpload: false, stop))
            {
                Tools = ["curl", "python3", "sha256sum", "bash"],
                Limit = options.TransferLimit,
                IsShort = isShort,
            },
            new($"curl uploads, IPv{family}", (site, stop) => CurlAsync(site, family, isUpload: true, stop))
            {
                Tools = ["curl", "python3"],
                Limit = options.TransferLimit,
                IsShort = isShort && family == 4,
            },
            new($"iperf3 TCP, IPv{family}", (site, stop) => IperfTcpAsync(site, family, stop)) { Tools = ["iperf3"] },
            new($"iperf3 UDP, IPv{family}", (site, stop) => IperfUdpAsync(site, family, stop)) { Tools = ["iperf3"] },
        ]),
    ];

    public static string Rate(long bytes, TimeSpan elapsed) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB, {bytes * 8 / 1e6 / elapsed.TotalSeconds:0} Mbit/s");

    static async Task<string> CurlAsync(Site site, int family, bool isUpload, CancellationToken stop)
    {
        await using RunningProgram server = await HttpServer.StartAsync(site, site.Server, stop);
        var clock = Stopwatch.StartNew();
        await (isUpload
            ? HttpServer.UploadAsync(site, site.Client, site.Server, family, stop)
            : HttpServer.DownloadAsync(site, site.Client, site.Server, family, stop));
        return Rate(site.Options.Payload.Bytes, clock.Elapsed) + ", SHA-256 right";
    }

    static async Task<string> IperfTcpAsync(Site site, int family, CancellationToken stop)
    {
        JsonElement end = await IperfAsync(site.Client, site.Server, family, stop, "-t", $"{site.Options.Seconds}");
        JsonElement received = end.GetProperty("sum_received");
        double megabits = received.GetProperty("bits_per_second").GetDouble() / 1e6;
        CheckFailedException.Unless(megabits > 1, $"{megabits:0.0} Mbit/s");
        return string.Create(
            CultureInfo.InvariantCulture, $"{megabits:0} Mbit/s, {end.GetProperty("sum_sent").GetProperty("retransmits").GetInt64()} segments sent again");
    }

    static async Task<string> IperfUdpAsync(Site site, int family, CancellationToken stop)
    {
        JsonElement end = await IperfAsync(site.Client, site.Server, family, stop, "-u", "-b", UdpRate, "-l", "1200", "-t", $"{site.Options.Seconds}");
        (double lost, string figure) = UdpLoss(end);
        bool isShared = site.Arrangement.IsCtrack && site.Arrangement.Workers >= Environment.ProcessorCount;
        CheckFailedException.Unless(lost <= (isShared ? MostLostPercentOnSharedCpus : MostLostPercent), figure);
        return figure;
    }

    public static (double LostPercent, string Figure) UdpLoss(JsonElement end)
    {
        JsonElement sum = end.GetProperty("sum");
        double lost = sum.GetProperty("lost_percent").GetDouble();
        return (lost, string.Create(
            CultureInfo.InvariantCulture,
            $"{sum.GetProperty("bits_per_second").GetDouble() / 1e6:0.0} Mbit/s, {sum.GetProperty("lost_packets").GetInt64()} of {sum.GetProperty("packets").GetInt64()} datagrams lost, jitter {sum.GetProperty("jitter_ms").GetDouble():0.000} ms"));
    }

    /// <summary>The "end" of what iperf3 reports.</summary>
    public static async Task<JsonElement> IperfAsync(Host from, Host to, int family, CancellationToken stop, params string[] words)
    {
        await using RunningProgram server = to.Namespace.Start("iperf3", "-s", "-p", $"{IperfPort}", "--one-off", "--forceflush");
        while (!(await server.ReadLineAsync(stop)).Contains("listening", StringComparison.OrdinalIgnoreCase))
        {
        }

        Command client = await from.Namespace.TryAsync(
            stop, ["iperf3", "-J", $"-{family}", "-c", to.Address(family), "-p", $"{IperfPort}", "--connect-timeout", "5000", .. words]);
        using JsonDocument report = client.Output.StartsWith('{')
            ? JsonDocument.Parse(client.Output)
            : throw new CheckFailedException($"iperf3: {client.LastWords}");
        CheckFailedException.Unless(
            client.ExitCode == 0 && !report.RootElement.TryGetProperty("error", out _), $"iperf3: {client.LastWords}");
        return report.RootElement.GetProperty("end").Clone();
    }
}
