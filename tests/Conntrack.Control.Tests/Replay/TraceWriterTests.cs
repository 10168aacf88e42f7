using System.Text;
using System.Text.Json;
using Conntrack.Control.Replay;
using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Tests.Replay;

public sealed class TraceWriterTests
{
    static readonly TraceRecord s_forwarded = new()
    {
        Time = TimeSpan.FromSeconds(1.25),
        InInterface = "ether1",
        Number = 7,
        ConnectionState = ConnectionState.Established,
        Path = TracePath.Slow,
        Verdict = TraceVerdict.Forward,
        Reason = "filter forward 3",
        OutInterface = "ether2",
        Rules = ["mangle prerouting 0", "filter forward 3"],
    };

    [Fact]
    public void A_forwarded_packet_has_every_key_in_order() => Assert.Equal(
        """
        {"time":1.250000,"in-interface":"ether1","number":7,"connection-state":"established","path":"slow","verdict":"forward","reason":"filter forward 3","out-interface":"ether2","rules":["mangle prerouting 0","filter forward 3"]}

        """,
        Write(s_forwarded));

    [Fact]
    public void What_is_not_IP_has_no_connection_state_and_a_drop_no_way_out() => Assert.Equal(
        """
        {"time":0.000000,"in-interface":"ether1","number":1,"path":"slow","verdict":"drop","reason":"truncated-capture","rules":[]}

        """,
        Write(new TraceRecord
        {
            Time = TimeSpan.Zero,
            InInterface = "ether1",
            Number = 1,
            Verdict = TraceVerdict.Drop,
            Reason = "truncated-capture",
        }));

    [Fact]
    public void A_packet_no_rule_decided_has_no_reason() => Assert.Equal(
        """
        {"time":0.000000,"in-interface":"ether1","number":1,"connection-state":"new","path":"fasttrack","verdict":"forward","out-interface":"ether2","rules":[]}

        """,
        Write(new TraceRecord
        {
            Time = TimeSpan.Zero,
            InInterface = "ether1",
            Number = 1,
            ConnectionState = ConnectionState.New,
            Path = TracePath.FastTrack,
            Verdict = TraceVerdict.Forward,
            OutInterface = "ether2",
        }));

    [Theory]
    [InlineData(0L, "0.000000")]
    [InlineData(9L, "0.000000")]
    [InlineData(19L, "0.000001")]
    [InlineData(12_500_000L, "1.250000")]
    [InlineData(9_999_999L, "0.999999")]
    [InlineData(864_000_000_000L, "86400.000000")]
    [InlineData(long.MaxValue, "922337203685.477580")]
    public void Time_has_six_decimals_rounded_down(long ticks, string expected) => Assert.StartsWith(
        "{\"time\":" + expected + ",", Write(s_forwarded with { Time = new TimeSpan(ticks) }), StringComparison.Ordinal);

    [Fact]
    public void Time_before_zero_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(s_forwarded with { Time = TimeSpan.FromTicks(-1) }));

    [Fact]
    public void A_record_is_a_line_that_reads_back()
    {
        string text = Write(s_forwarded, s_forwarded with { Number = 8, InInterface = "büro \"1\"\n" });
        string[] lines = text.Split('\n');
        Assert.Equal(3, lines.Length);
        JsonElement second = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal("büro \"1\"\n", second.GetProperty("in-interface").GetString());
        Assert.Equal(1.25m, second.GetProperty("time").GetDecimal());
        Assert.Equal(8, second.GetProperty("number").GetInt32());
    }

    [Fact]
    public void Words_are_the_contracts()
    {
        Assert.Equal(["slow", "fasttrack"], Enum.GetValues<TracePath>().Select(path => path.Word()));
        Assert.Equal(
            ["forward", "local", "drop", "reject", "tarpit", "consume"], Enum.GetValues<TraceVerdict>().Select(verdict => verdict.Word()));
    }

    [Fact]
    public void Many_lines_arrive_whole_and_in_order()
    {
        const int count = 5_000;
        string[] lines = Write([.. Enumerable.Range(1, count).Select(n => s_forwarded with { Number = (ulong)n })]).Split('\n');
        Assert.Equal(count + 1, lines.Length);
        Assert.All(
            lines.Take(count).Index(),
            line => Assert.Equal(line.Index + 1, JsonDocument.Parse(line.Item).RootElement.GetProperty("number").GetInt32()));
    }

    static string Write(params TraceRecord[] records)
    {
        using var stream = new MemoryStream();
        using (var writer = new TraceWriter(stream))
        {
            foreach (TraceRecord record in records)
            {
                writer.Write(record);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
