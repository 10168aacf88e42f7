using System.Text;
using System.Text.Json;
using Conntrack.Control.Replay;

namespace Conntrack.Control.Tests.Replay;

public sealed class ReplayStatsWriterTests
{
    static readonly ReplayStats s_stats = new()
    {
        Rx = 100,
        Generated = 4,
        Tx = 90,
        Consumed = 5,
        Held = 2,
        Dropped = [new("bad-ip-checksum", 1), new("neighbour-unresolved", 6)],
        Interfaces =
        [
            new InterfaceStats { Name = "ether1", RxPacket = 60, RxByte = 6_000, TxPacket = 40, TxByte = 4_000 },
            new InterfaceStats { Name = "wan", RxPacket = 40 },
        ],
        Rules = [new("filter forward 3", 12, 1_200), new("ipv6 filter input 0", 0, 0)],
        Tracking = new TrackingStats
        {
            MaxEntries = 1_048_576,
            TotalIp4Entries = 3,
            TotalIp6Entries = 2,
            Created = 9,
            Removed = [new("timeout", 4)],
            Ended = [new("closed", 4)],
            Refused = [new("full", 3)],
            ReservedEntries = 1024,
        },
        Helpers = [new("sip", 8, 1, 4, 2, 6, 3)],
    };

    [Fact]
    public void Everything_has_its_place() => Assert.Equal(
        "{\"rx\":100,\"generated\":4,\"tx\":90,\"consumed\":5,\"held\":2," +
        "\"dropped\":{\"bad-ip-checksum\":1,\"neighbour-unresolved\":6}," +
        "\"interfaces\":{\"ether1\":{\"rx-packet\":60,\"rx-byte\":6000,\"tx-packet\":40,\"tx-byte\":4000}," +
        "\"wan\":{\"rx-packet\":40,\"rx-byte\":0,\"tx-packet\":0,\"tx-byte\":0}}," +
        "\"rules\":[{\"rule\":\"filter forward 3\",\"packets\":12,\"bytes\":1200},{\"rule\":\"ipv6 filter input 0\",\"packets\":0,\"bytes\":0}]," +
        "\"tracking\":{\"max-entries\":1048576,\"total-entries\":5,\"total-ip4-entries\":3,\"total-ip6-entries\":2,\"created\":9," +
        "\"removed\":{\"timeout\":4},\"ended\":{\"closed\":4},\"refused\":{\"full\":3},\"reserved-entries\":1024}," +
        "\"helpers\":{\"sip\":{\"parsed\":8,\"malformed\":1,\"expected\":4,\"refused\":2,\"rewritten\":6,\"left-alone\":3}}}\n",
        Write(s_stats));

    [Fact]
    public void An_idle_replay_has_every_key()
    {
        JsonElement json = JsonDocument.Parse(Write(new ReplayStats())).RootElement;
        Assert.Equal(
            ["rx", "generated", "tx", "consumed", "held", "dropped", "interfaces", "rules", "tracking"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal("{}", json.GetProperty("dropped").GetRawText());
        Assert.Equal("{}", json.GetProperty("interfaces").GetRawText());
        Assert.Equal("[]", json.GetProperty("rules").GetRawText());
    }

    [Fact]
    public void The_books_balance_when_every_packet_ended_once()
    {
        Assert.True(s_stats.Balances);
        Assert.False((s_stats with { Rx = 101 }).Balances);
        Assert.False((s_stats with { Dropped = [] }).Balances);
    }

    static string Write(ReplayStats stats)
    {
        using var stream = new MemoryStream();
        ReplayStatsWriter.Write(stream, stats);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
