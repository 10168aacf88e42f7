using System.Globalization;
using System.Text.RegularExpressions;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Replays of a router as lines of text: what leaves it, and what became of what came in.</summary>
sealed class RouterReplay : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>
    /// What leaves, by interface, and what became of each frame; the same for every burst and every number of workers. Rows of sent frames:
    /// milliseconds, sender > receiver, packet. Rows of fates: interface, number in its file, state, verdict, reason, exit.
    /// </summary>
    public void Check(string expected, string script, string more, params (int Port, long Milliseconds, Frame Frame)[] frames)
    {
        string told = Replay(script, more, frames);
        Assert.Equal(expected.ReplaceLineEndings("\n"), told, ignoreLineEndingDifferences: true);
        foreach (string invariant in (string[])["--burst 32", "--workers 4 --burst 7"])
        {
            Assert.Equal(WithoutRules(told), WithoutRules(Replay(script, $"{more} {invariant}", frames)));
        }
    }

    /// <summary>Which packet of several in one burst is the first to take the FastTrack path, past the rules, is the burst's.</summary>
    static string WithoutRules(string told) => Regex.Replace(told, " established forward (ipv6 )?filter forward [0-9]+ ", " established forward ");

    string Replay(string script, string more, params (int Port, long Milliseconds, Frame Frame)[] frames)
    {
        List<string> arguments = ["--config", _scratch.Write("router.rsc", script + "\n")];
        int[] ports = [.. frames.Select(frame => frame.Port).Concat([1, 2]).Distinct().Order()];
        foreach (int port in ports)
        {
            string capture = _scratch.Capture($"in{port}.pcap", frames.Where(frame => frame.Port == port).Select(frame => (frame.Milliseconds * 1000, frame.Frame)));
            arguments.AddRange(["--in", $"ether{port}={capture}", "--out", $"ether{port}={_scratch.PathOf($"out{port}.pcap")}"]);
        }

        Results results = _scratch.Replay([.. arguments, .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        IEnumerable<string> sent = ports.SelectMany(port => FrameText.OfCapture(_scratch.PathOf($"out{port}.pcap")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => $"ether{port} sends {line}"));
        IEnumerable<string> fates = results.Trace.Select(line => string.Join(' ', new[]
        {
            line.Word("in-interface"), line.Number("number").ToString(CultureInfo.InvariantCulture), line.WordOrNull("connection-state"),
            line.Word("verdict"), line.WordOrNull("reason"), line.WordOrNull("out-interface"),
        }.OfType<string>()));
        return string.Join('\n', sent.Concat(fates));
    }
}
