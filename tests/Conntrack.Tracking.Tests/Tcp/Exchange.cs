using System.Globalization;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// A titled table of packets, each with what tracking makes of it. Lines come a second apart unless a line says how long to wait:
/// <code>
/// direction  flags  →  connection-state  tcp-state  flags  timeout  packets original/reply
/// wait       time
/// set        loose yes|no
/// </code>
/// A tcp-state of <c>-</c> is a connection that is not there.
/// </summary>
sealed record Exchange(string Title, IReadOnlyList<string> Lines)
{
    /// <summary>Tables apart by empty lines, titles first.</summary>
    public static IReadOnlyList<Exchange> Parse(string text) =>
    [
        .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(lines => new Exchange(lines[0], lines[1..])),
    ];

    /// <summary>Plays the packets; what is seen after each must read as the table does.</summary>
    public unsafe void Play()
    {
        using var conversation = new Conversation();
        var expected = new List<string>();
        var seen = new List<string>();
        long next = 0;
        foreach (string line in Lines)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            expected.Add(string.Join(' ', words));
            switch (words)
            {
                case ["wait", var time]:
                    next += Microseconds(time) - Conversation.Second;
                    seen.Add(expected[^1]);
                    break;
                case ["set", "loose", var loose]:
                    conversation.Parameters->Loose = (byte)(loose == "yes" ? 1 : 0);
                    seen.Add(expected[^1]);
                    break;
                default:
                    conversation.Now = next;
                    next += Conversation.Second;
                    string state = conversation.Send(Segments.Of(words[0], words[1])).ToString().ToLowerInvariant();
                    seen.Add($"{words[0]} {words[1]} {state} {After(conversation)}");
                    break;
            }
        }

        Assert.Equal(expected, seen);
    }

    static string After(Conversation conversation)
    {
        if (conversation.Listed() is not [var connection])
        {
            Assert.Empty(conversation.Listed());
            return "-";
        }

        return $"{Segments.Word(connection.State)} {Segments.Letters(connection.Flags)} {Segments.Words(connection.Timeout)} "
            + $"{connection.OriginalCounters.Packets}/{connection.ReplyCounters.Packets}";
    }

    static long Microseconds(string time) =>
        (long)(decimal.Parse(time[..^1], CultureInfo.InvariantCulture) * Conversation.Second);
}
