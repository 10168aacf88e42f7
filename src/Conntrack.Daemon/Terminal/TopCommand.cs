using System.CommandLine;
using Conntrack.Control.Replay;
using Conntrack.V1;
using Google.Protobuf;

namespace Conntrack.Daemon.Terminal;

/// <summary>
/// <c>ctrack top</c>: what a running router does, a page that is written anew again and again; once for a script, as JSON for a machine.
/// </summary>
sealed class TopCommand
{
    /// <summary>Rows of each list.</summary>
    const uint Rows = 8;

    readonly Option<bool> _once = new("--once") { Description = "Write one page and end: the rates in it are those of one interval" };

    readonly Option<bool> _json = new("--json") { Description = "JSON instead of a page, one object a line" };

    readonly Option<double> _interval = new("--interval")
    {
        HelpName = "SECONDS",
        Description = "Time between two pages, 0.1 to 3600. Default 1",
        DefaultValueFactory = _ => 1,
    };

    readonly Option<string?> _connect = new("--connect")
    {
        HelpName = "ADDR",
        Description = "Where the router answers, unix:/PATH or 127.0.0.1:PORT. Default unix:/run/ctrack/ctrack.sock, or 127.0.0.1:50051",
    };

    public TopCommand() =>
        Command = new Command("top", "Watch a running router: workers, rates, drops, who holds and opens most connections") { _once, _json, _interval, _connect };

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter output)
    {
        double seconds = arguments.GetValue(_interval);
        if (seconds is not (>= 0.1 and <= 3600))
        {
            throw new UserErrorException("--interval: seconds from 0.1 to 3600");
        }

        bool once = arguments.GetValue(_once);
        bool json = arguments.GetValue(_json);
        bool inPlace = !once && !json && !Console.IsOutputRedirected;
        using var link = RouterLink.Open(arguments.GetValue(_connect) is { } address ? [ListenAddress.Parse(_connect.Name, address)] : ListenAddress.Defaults);
        var interval = TimeSpan.FromSeconds(seconds);
        (GetStatsResponse before, long since) = (link.Stats(), TimeProvider.System.GetTimestamp());
        do
        {
            Thread.Sleep(interval);
            (GetStatsResponse stats, long now) = (link.Stats(), TimeProvider.System.GetTimestamp());
            ListTopTalkersResponse talkers = link.TopTalkers(Rows);
            double elapsed = TimeProvider.System.GetElapsedTime(since, now).TotalSeconds;
            output.Write(json ? Json(stats, talkers) : (inPlace ? "\e[H\e[2J" : "") + TopPage.Of(before, stats, elapsed, talkers));
            output.Flush();
            (before, since) = (stats, now);
        }
        while (!once);

        return ExitCode.Success;
    }

    static string Json(GetStatsResponse stats, ListTopTalkersResponse talkers)
    {
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
        return $"{{\"stats\":{formatter.Format(stats)},\"top-talkers\":{formatter.Format(talkers)}}}\n";
    }
}
