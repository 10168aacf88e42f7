using System.Globalization;
using Conntrack.Memory;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>
/// A titled table of packets, each with what tracking makes of it. Lines come a second apart unless a line says how long to wait:
/// <code>
/// direction  flags  details  →  connection-state  tcp-state  flags  timeout  packets original/reply
/// wait       time
/// set        loose yes|no, liberal yes|no, max-retrans time, unacked time, established time
/// </code>
/// Details are those of <see cref="Peers"/>; what they leave out is what two honest ends would send.
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

    /// <summary>Every table, at several places of the sequence space: small numbers, and where they wrap and change sign.</summary>
    public static TheoryData<string, uint, uint> Plays(IEnumerable<Exchange> exchanges)
    {
        var plays = new TheoryData<string, uint, uint>();
        foreach (Exchange exchange in exchanges)
        {
            plays.Add(exchange.Title, 1000, 5000);
            plays.Add(exchange.Title, uint.MaxValue - 20, int.MaxValue - 20);
            plays.Add(exchange.Title, int.MaxValue - 70_000, uint.MaxValue - 70_000);
        }

        return plays;
    }

    /// <summary>Plays the packets between ends that start at these numbers; what is seen after each must read as the table does.</summary>
    public void Play(uint client, uint server)
    {
        using var conversation = new Conversation();
        var peers = new Peers(client, server);
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
                case ["set", var setting, var value]:
                    Set(conversation, setting, value);
                    seen.Add(expected[^1]);
                    break;
                default:
                    conversation.Now = next;
                    next += Conversation.Second;
                    string[] details = [.. words[2..].TakeWhile(word => word.Contains('=', StringComparison.Ordinal) || word == "sack-permitted")];
                    string state = conversation.Send(peers.Next(words[0], words[1], details)).ToString().ToLowerInvariant();
                    seen.Add(string.Join(' ', [words[0], words[1], .. details, state, After(conversation)]));
                    break;
            }
        }

        Assert.Equal(expected, seen);
    }

    static unsafe void Set(Conversation conversation, string setting, string value)
    {
        TrackingParameters* parameters = conversation.Parameters;
        switch (setting)
        {
            case "loose":
                parameters->Loose = (byte)(value == "yes" ? 1 : 0);
                break;
            case "liberal":
                parameters->Liberal = (byte)(value == "yes" ? 1 : 0);
                break;
            default:
                int slot = setting switch
                {
                    "max-retrans" => (int)TimeoutSlot.TcpMaxRetrans,
                    "unacked" => (int)TimeoutSlot.TcpUnacked,
                    "established" => (int)TcpState.Established,
                    _ => throw new ArgumentException(setting, nameof(setting)),
                };
                parameters->SetTimeout(slot, (uint)(Microseconds(value) / Timestamp.MicrosecondsPerTick));
                break;
        }
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
        (long)(decimal.Parse(time[..^1], CultureInfo.InvariantCulture) * (time[^1] == 'm' ? 60 : 1) * Conversation.Second);
}
