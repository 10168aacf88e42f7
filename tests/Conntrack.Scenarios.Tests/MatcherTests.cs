using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>Chains of one's own, lists, limits and marks from outside.</summary>
public sealed class MatcherTests : IDisposable
{
    const string Script = """
        /ip firewall address-list add list=blocked address=203.0.113.0/24
        /ip firewall raw add chain=prerouting src-address-list=caught action=drop
        /ip firewall mangle
        add chain=prerouting protocol=udp action=mark-connection new-connection-mark=voice
        add chain=forward connection-mark=voice limit=2,3:packet action=mark-packet new-packet-mark=some
        /ip firewall filter
        add chain=forward dst-address-list=blocked action=drop
        add chain=forward protocol=tcp action=jump jump-target=web
        add chain=forward protocol=udp nth=3,2 action=drop
        add chain=forward packet-mark=some action=passthrough
        add chain=forward protocol=icmp packet-size=80-65535 action=add-src-to-address-list address-list=caught address-list-timeout=30s
        add chain=web protocol=tcp tcp-flags=syn,!ack dst-port=80 action=return
        add chain=web protocol=tcp tcp-flags=syn,!ack connection-state=new action=reject reject-with=tcp-reset
        """;

    readonly Scratch _scratch = new();

    [Fact]
    public void The_trace_names_chains_of_ones_own()
    {
        Results results = Run("1", "1", (0, new Frame().Ipv4(Client, Server).Tcp(40000, 81, flags: Syn)));
        JsonElement line = Assert.Single(results.Trace);
        Assert.Equal(["filter forward 1", "filter web 1"], line.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()));
        Assert.Equal(("reject", "filter web 1"), (line.Word("verdict"), line.Word("reason")));
    }

    [Fact]
    public void What_a_filter_rule_catches_raw_drops_until_its_time_is_over()
    {
        Results results = Run("32", "1", (0, Ping()), (1, Ping()), (29_999_999, Udp()), (30_000_000, Ping(data: 10)));
        Assert.Equal(["forward", "drop", "drop", "forward"], results.Trace.Words("verdict"));
        Assert.Equal([null, "raw prerouting 0", "raw prerouting 0", null], results.Trace.Words("reason"));
    }

    [Theory]
    [InlineData("32", "1")]
    [InlineData("7", "1")]
    [InlineData("1", "3")]
    [InlineData("32", "3")]
    public void Burst_and_workers_change_nothing(string burst, string workers)
    {
        (long, Frame)[] frames = [.. Traffic()];
        Results plain = Run("1", "1", frames), other = Run(burst, workers, frames);
        Assert.Equal(plain.Trace.Select(line => line.ToString()), other.Trace.Select(line => line.ToString()));
        Assert.Equal(plain.Stats.GetProperty("rules").ToString(), other.Stats.GetProperty("rules").ToString());
        Assert.Contains(plain.Trace, line => line.WordOrNull("reason") == "raw prerouting 0");
        Assert.Contains(plain.Trace, line => line.WordOrNull("reason") == "filter forward 2");
    }

    static IEnumerable<(long, Frame)> Traffic()
    {
        Random random = new(7);
        for (int i = 0; i < 300; i++)
        {
            string source = $"192.0.2.{random.Next(1, 30)}", destination = random.Next(5) == 0 ? "203.0.113.9" : "198.51.100.2";
            Frame ip = new Frame().Ipv4(source, destination);
            yield return (i * random.Next(100, 100_000), random.Next(4) switch
            {
                0 => ip.Tcp(1000 + (i % 5), random.Next(2) == 0 ? 80 : 81, flags: 2),
                1 when random.Next(6) == 0 => ip.Icmp(8, 0, 1, i).Data(100),
                _ => ip.Udp(1000 + (i % 3), 53).Data(5),
            });
        }
    }

    Results Run(string burst, string workers, params (long Microseconds, Frame Frame)[] frames) => _scratch.Replay(
        "--config", _scratch.Write("rules.rsc", Script), "--in", _scratch.Capture("in.pcap", frames), "--burst", burst, "--workers", workers);

    public void Dispose() => _scratch.Dispose();
}
