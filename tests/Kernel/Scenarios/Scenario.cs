using System.Globalization;
using Conntrack.Kernel.Comparing;

namespace Conntrack.Kernel.Scenarios;

/// <summary>A step: a packet, or time that passes.</summary>
/// <param name="Line">As it is written.</param>
/// <param name="Packet">Null when it is time.</param>
/// <param name="Wait">How long.</param>
/// <param name="Expected">The connection-state the scenario says the kernel gives it; null when it says nothing.</param>
sealed record Step(string Line, PacketLine? Packet, TimeSpan Wait, string? Expected);

/// <summary>Packets under a one-line title; see <c>tests/Kernel/README.md</c> for the language.</summary>
sealed record Scenario(string Group, string Title, Setup Setup, IReadOnlyList<Step> Steps)
{
    /// <summary>Real time it takes, which others may use meanwhile.</summary>
    public TimeSpan Duration => Steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Wait);

    /// <summary>Every scenario of the folder beside the program, a group a file.</summary>
    public static List<Scenario> All(string folder) =>
        [.. Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal).SelectMany(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file)))];

    public static IEnumerable<Scenario> Parse(string group, IReadOnlyList<string> lines)
    {
        string? title = null;
        Setup setup = Setup.Default;
        List<Step> steps = [];
        foreach (string raw in lines.Append("# "))
        {
            string line = raw.StartsWith('|') ? raw.TrimEnd('\r', '\n') : raw.Trim();
            if (line.StartsWith("# ", StringComparison.Ordinal) || line == "#")
            {
                if (title != null)
                {
                    yield return new Scenario(group, title, setup, steps);
                }

                (title, setup, steps) = (line[1..].Trim(), Setup.Default, []);
            }
            else if (line.Length != 0 && !line.StartsWith("//", StringComparison.Ordinal))
            {
                if (line[0] == '|')
                {
                    PacketLine packet = steps.Count == 0 ? null! : steps[^1].Packet!;
                    (packet ?? throw new FormatException($"'{line}': a payload belongs to a packet above it")).Append(line);
                }
                else if (line.StartsWith("setup ", StringComparison.Ordinal))
                {
                    setup = Change(setup, line["setup ".Length..]);
                }
                else
                {
                    steps.AddRange(StepsOf(line));
                }
            }
        }
    }

    static Setup Change(Setup setup, string words)
    {
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split('=');
            uint seconds = parts.Length == 2 && uint.TryParse(parts[1], out uint value) ? value : 0;
            bool yes = parts[^1] == "yes";
            setup = parts[0] switch
            {
                "bridge" => setup with { Topology = Topology.Bridge },
                "nat" => setup with { Nat = true },
                "helpers" => setup with { Helpers = true },
                "loose" => setup with { Loose = yes },
                "liberal" => setup with { Liberal = yes },
                "syn-sent" => setup with { SynSent = seconds },
                "syn-received" => setup with { SynReceived = seconds },
                "established" => setup with { Established = seconds },
                "closing" => setup with { Closing = seconds },
                "max-retrans" => setup with { MaxRetrans = seconds },
                "unacked" => setup with { Unacked = seconds },
                "udp" => setup with { Udp = seconds },
                "udp-stream" => setup with { UdpStream = seconds },
                "icmp" => setup with { Icmp = seconds },
                "generic" => setup with { Generic = seconds },
                _ => throw new FormatException($"setup {word}"),
            };
        }

        return setup;
    }

    static IEnumerable<Step> StepsOf(string line)
    {
        if (line.StartsWith("wait ", StringComparison.Ordinal))
        {
            return [new Step(line, null, TimeSpan.FromSeconds(double.Parse(line[5..], CultureInfo.InvariantCulture)), null)];
        }

        if (line.StartsWith("open", StringComparison.Ordinal))
        {
            string rest = line["open".Length..];
            return
            [
                Packet($">{rest} ", "S seq=1000 mss=1460 sackok ws=7"), Packet($"<{rest} ", "SA seq=5000 ack=1001 mss=1460 sackok ws=7"),
                Packet($">{rest} ", "A seq=1001 ack=5001 win=502"),
            ];
        }

        int expectation = line.IndexOf(" = ", StringComparison.Ordinal);
        string text = expectation < 0 ? line : line[..expectation];
        var packet = PacketLine.Parse(text);
        string? expected = expectation < 0 ? null : line[(expectation + 3)..].Trim();
        return Enumerable.Repeat(new Step(line, packet, TimeSpan.Zero, expected), packet.Number("times", 1));

        // open 6 c=… s=… : the family goes in front of the protocol, the rest behind.
        static Step Packet(string sideAndRest, string tcp)
        {
            string[] words = sideAndRest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool ipv6 = words.Length > 1 && words[1] == "6";
            string text = $"{words[0]} {(ipv6 ? "6 " : "")}tcp {tcp} {string.Join(' ', words[(ipv6 ? 2 : 1)..])}".TrimEnd();
            return new Step(text, PacketLine.Parse(text), TimeSpan.Zero, null);
        }
    }
}
