using System.Globalization;
using System.Text.Json;
using Conntrack.Testing;
using static Conntrack.Scenarios.Tests.Packets;

namespace Conntrack.Scenarios.Tests;

/// <summary>
/// Every timeout of the manual's "Connection tracking settings", its default and another value, by observation on virtual time. In one
/// replay two connections are refreshed a microsecond apart; when virtual time ends at the first one's t + T, that one is gone and the other,
/// with a microsecond left, is listed.
/// </summary>
public sealed class TimeoutTests : IDisposable
{
    const long Refreshed = 3_456_789;

    readonly Scratch _scratch = new();

    /// <summary>Setting, default in seconds, another value as a script writes it, that in microseconds, tcp-state of the connection.</summary>
    public static TheoryData<string, long, string, long, string?> Settings => new()
    {
        { "tcp-syn-sent-timeout", 5, "7s", 7_000_000, "syn-sent" },
        { "tcp-syn-received-timeout", 5, "1m30s", 90_000_000, "syn-received" },
        { "tcp-established-timeout", 86_400, "2h", 7_200_000_000, "established" },
        { "tcp-fin-wait-timeout", 10, "00:00:03.210", 3_210_000, "fin-wait" },
        { "tcp-close-wait-timeout", 10, "4s10ms", 4_010_000, "close-wait" },
        { "tcp-last-ack-timeout", 10, "33", 33_000_000, "last-ack" },
        { "tcp-time-wait-timeout", 10, "2m", 120_000_000, "time-wait" },
        { "tcp-close-timeout", 10, "1s", 1_000_000, "close" },
        { "tcp-unacked-timeout", 300, "8s", 8_000_000, "established" },
        { "tcp-max-retrans-timeout", 300, "9s", 9_000_000, "established" },
        { "udp-timeout", 30, "12s", 12_000_000, null },
        { "udp-stream-timeout", 180, "1d2h3m4s", 93_784_000_000, null },
        { "icmp-timeout", 10, "20ms", 20_000, null },
        { "generic-timeout", 600, "1w", 604_800_000_000, null },
    };

    [Theory, MemberData(nameof(Settings))]
    public void The_default_ends_at_its_instant(string setting, long seconds, string value, long microseconds, string? tcpState)
    {
        _ = (value, microseconds);
        string capture = _scratch.Capture("in.pcap", [.. Of(setting, 0, Refreshed), .. Of(setting, 1, Refreshed + 1)]);

        // Virtual time runs on after the last frame, which is the second connection's, up to the first one's end.
        AssertOneLeft(setting, tcpState, _scratch.Connections("--in", capture, "--until", $"{seconds - 1}.999999"));
    }

    /// <summary>Here the end of time is a frame that has nothing to do with either connection.</summary>
    [Theory, MemberData(nameof(Settings))]
    public void A_value_that_is_set_ends_at_its_instant(string setting, long seconds, string value, long microseconds, string? tcpState)
    {
        _ = seconds;
        string script = _scratch.Write("settings.rsc", $"/ip firewall connection tracking set {setting}={value}\n");
        string capture = _scratch.Capture(
            "in.pcap", [.. Of(setting, 0, Refreshed), .. Of(setting, 1, Refreshed + 1), (Refreshed + microseconds, Arp())]);
        AssertOneLeft(setting, tcpState, _scratch.Connections("--in", capture, "--config", script));
    }

    public void Dispose() => _scratch.Dispose();

    static void AssertOneLeft(string setting, string? tcpState, IReadOnlyList<JsonElement> connections)
    {
        JsonElement connection = Assert.Single(connections);
        Assert.Equal("0s", connection.Word("timeout"));
        Assert.Equal(tcpState, connection.WordOrNull("tcp-state"));
        string second = setting switch
        {
            "icmp-timeout" => connection.Number("icmp-id").ToString(CultureInfo.InvariantCulture),
            "generic-timeout" => connection.Word("src-address")["192.0.2.".Length..],
            _ => connection.Word("src-address")["192.0.2.1:4000".Length..],
        };
        Assert.Equal("1", second);
    }

    /// <summary>The packets that bring connection 0 or 1 under this timeout, the last of them at this time.</summary>
    static IEnumerable<(long Microseconds, Frame Frame)> Of(string setting, int connection, long time)
    {
        int port = 40000 + connection;
        Frame syn = Tcp(false, Syn, port), synAck = Tcp(true, SynAck, port), ack = Tcp(false, Ack, port), fin = Tcp(false, Fin, port);
        return EndingAt(time, setting switch
        {
            "tcp-syn-sent-timeout" => [syn],
            "tcp-syn-received-timeout" => [syn, synAck],
            "tcp-established-timeout" => [syn, synAck, ack],
            "tcp-fin-wait-timeout" => [syn, synAck, ack, fin],
            "tcp-close-wait-timeout" => [syn, synAck, ack, fin, Tcp(true, Ack, port)],
            "tcp-last-ack-timeout" => [syn, synAck, ack, fin, Tcp(true, Fin, port)],
            "tcp-time-wait-timeout" => [syn, synAck, ack, fin, Tcp(true, Fin, port), ack],
            "tcp-close-timeout" => [syn, synAck, ack, Tcp(true, Rst, port)],
            "tcp-unacked-timeout" => [syn, synAck, ack, Tcp(false, Ack, port, data: 100)],
            "tcp-max-retrans-timeout" => [syn, synAck, ack, .. Enumerable.Repeat(Tcp(false, Ack, port, data: 100), 4)],
            "udp-timeout" => [Udp(port: port)],
            "udp-stream-timeout" => [Udp(port: port), Udp(back: true, port: port)],
            "icmp-timeout" => [Ping(identifier: connection), Ping(back: true, identifier: connection)],
            "generic-timeout" => [Ospf(sender: connection), Ospf(back: true, sender: connection)],
            _ => throw new ArgumentOutOfRangeException(nameof(setting)),
        });
    }
}
