using System.Globalization;
using System.Text.RegularExpressions;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Checks;

/// <summary>Client and server talk while something else goes wrong, and must not notice.</summary>
static partial class Undisturbed
{
    /// <summary>A CPU that somebody else has for a moment costs a packet; trouble that spreads costs many.</summary>
    const double MostLost = 0.01;

    /// <summary>Does something while dozens of echoes a second go from client to server.</summary>
    /// <returns>How many, and how many were lost.</returns>
    public static async Task<string> WhileAsync(Site site, CancellationToken stop, Func<Task> trouble)
    {
        await using RunningProgram ping = site.Client.Namespace.Start("ping", "-4", "-q", "-i", "0.01", "-W", "1", site.Server.Address4);
        await trouble();
        await Task.Delay(200, stop);

        // SIGINT, and ping sums up.
        await Command.RunAsync("kill", "-INT", $"{ping.Id}");
        Command ended = await ping.EndAsync(stop);
        Match counts = Counts().Match(ended.Output);
        CheckFailedException.Unless(counts.Success, $"ping: {ended.LastWords}");
        int sent = Number(counts.Groups["sent"]), received = Number(counts.Groups["received"]);

        // The last one was on its way when ping was told to end.
        int lost = Math.Max(sent - received - 1, 0);
        string figure = $"{lost} of {sent} echoes elsewhere lost";
        CheckFailedException.Unless(lost <= MostLost * sent, figure);
        return figure;
    }

    static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("(?<sent>[0-9]+) packets transmitted, (?<received>[0-9]+) received")]
    private static partial Regex Counts();
}
