using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary><c>--stats</c>: the books.</summary>
public sealed class StatsTests : IDisposable
{
    readonly Scratch _scratch = new();

    /// <summary>Every packet ended in exactly one place.</summary>
    internal static void AssertBalanced(JsonElement stats)
    {
        long dropped = stats.GetProperty("dropped").EnumerateObject().Sum(reason => reason.Value.GetInt64());
        Assert.Equal(
            stats.Number("rx") + stats.Number("generated"),
            stats.Number("tx") + stats.Number("consumed") + dropped + stats.Number("held"));
    }

    [Fact]
    public void The_books_have_these_keys_and_balance()
    {
        string one = _scratch.Capture("one.pcap", (0, Udp()), (1, Arp()), (2, Tcp(false, Syn)));
        string two = _scratch.Capture(
            "two.pcap", (3, Udp(back: true, data: 100)), (4, new Frame().Ipv4(Server, Client, checksum: 1).Udp(1, 2)));
        JsonElement stats = _scratch.Stats("--in", $"ether1={one}", "--in", $"ether2={two}");
        Assert.Equal(["rx", "generated", "tx", "consumed", "held", "dropped", "interfaces", "rules", "tracking"], stats.Keys());
        Assert.Equal((5, 0, 4), (stats.Number("rx"), stats.Number("generated"), stats.Number("tx")));
        Assert.Equal((0, 0), (stats.Number("consumed"), stats.Number("held")));
        Assert.Equal(1, stats.GetProperty("dropped").Number("bad-ip-checksum"));
        AssertBalanced(stats);

        JsonElement interfaces = stats.GetProperty("interfaces");
        Assert.Equal(["ether1", "ether2"], interfaces.Keys());
        Assert.Equal(
            [(3L, 52L + 42 + 54, 1L, 142L), (2L, 142L + 42, 3L, 52L + 42 + 54)],
            interfaces.EnumerateObject().Select(port => (port.Value.Number("rx-packet"), port.Value.Number("rx-byte"),
                port.Value.Number("tx-packet"), port.Value.Number("tx-byte"))));
        Assert.Equal(JsonValueKind.Array, stats.GetProperty("rules").ValueKind);

        JsonElement tracking = stats.GetProperty("tracking");
        Assert.Equal(
            [
                "max-entries", "total-entries", "total-ip4-entries", "total-ip6-entries", "created", "removed", "ended", "refused",
                "reserved-entries",
            ],
            tracking.Keys());
        Assert.Equal((2, 2, 0, 2), (tracking.Number("total-entries"), tracking.Number("total-ip4-entries"),
            tracking.Number("total-ip6-entries"), tracking.Number("created")));
    }

    [Fact]
    public void Ends_are_told_apart()
    {
        string capture = _scratch.Capture(
            "in.pcap", (0, Udp(port: 1)), (1, Udp6(port: 2)), (2, Tcp(false, Syn, port: 3)), (3, Tcp(true, Rst, port: 3)), (31_000_000, Ping()));
        JsonElement tracking = _scratch.Stats("--in", capture).GetProperty("tracking");
        Assert.Equal((1, 1, 0, 4), (tracking.Number("total-entries"), tracking.Number("total-ip4-entries"),
            tracking.Number("total-ip6-entries"), tracking.Number("created")));
        JsonElement removed = tracking.GetProperty("removed");
        Assert.Equal((2, 0, 1), (removed.Number("expired"), removed.Number("evicted"), removed.Number("closed")));
        Assert.Equal(
            ["expired 2", "closed 1"],
            tracking.GetProperty("ended").EnumerateObject().Where(end => end.Value.GetInt64() != 0).Select(end => $"{end.Name} {end.Value}"));
    }

    /// <summary>A single interface is observed: nothing leaves, everything is consumed.</summary>
    [Fact]
    public void What_is_only_observed_is_consumed()
    {
        JsonElement stats = _scratch.Stats("--in", _scratch.Capture("in.pcap", (0, Udp()), (1, Arp())));
        Assert.Equal((2, 0, 2), (stats.Number("rx"), stats.Number("tx"), stats.Number("consumed")));
        AssertBalanced(stats);
    }

    public void Dispose() => _scratch.Dispose();
}
