using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Tests.Connections;

namespace Conntrack.RouterOs.Tests.Conditions;

public sealed class ConnectionQueryTests
{
    /// <summary>Numbers of the connections in <see cref="All"/> that the condition selects.</summary>
    [Theory]
    [InlineData("", "0 1 2 3 4 5 6 7")]
    [InlineData("protocol=udp", "0 1 5")]
    [InlineData("protocol=17", "0 1 5")]
    [InlineData("protocol!=udp", "2 3 4 6 7")]
    [InlineData("protocol~\"^(tcp|icmp)$\"", "3 4 6")]
    [InlineData("src-address=10.5.101.3", "1")]
    [InlineData("src-address=10.5.101.3:646", "1")]
    [InlineData("src-address=10.5.101.3:647", "")]
    [InlineData("src-address!=10.5.101.3:647", "0 1 2 3 4 5 6 7")]
    [InlineData("src-address!=10.5.101.3", "0 2 3 4 5 6 7")]
    [InlineData("src-address in 10.5.0.0/16", "0 1 2 3")]
    [InlineData("!(src-address in 10.5.0.0/16)", "4 5 6 7")]
    [InlineData("dst-address in 224.0.0.1-224.0.0.2", "1")]
    [InlineData("src-address in fe80::/10", "5 7")]
    [InlineData("src-address=FE80::d6ca:6dff:fe77:3698", "5")]
    [InlineData("dst-address>=224.0.0.0", "0 1 2")]
    [InlineData("dst-address<10.6.0.0", "3")]
    [InlineData("dst-address~\"8291\"", "3")]
    [InlineData("dst-port=8291", "3")]
    [InlineData("dst-port<=646", "1")]
    [InlineData("dst-port!=8291", "0 1 2 4 5 6 7")]
    [InlineData("timeout<10s", "0 1 5 6")]
    [InlineData("timeout<=00:00:05", "0 1")]
    [InlineData("timeout>1d", "")]
    [InlineData("timeout>23h", "4")]
    [InlineData("orig-bytes>25675", "2 6")]
    [InlineData("orig-rate>=1k", "6")]
    [InlineData("repl-rate=6.4k || repl-rate=6400", null)]
    [InlineData("repl-rate=6400bps", "4")]
    [InlineData("orig-rate=\"\"", "0 1 2 3 5 7")]
    [InlineData("tcp-state=established", "3 4")]
    [InlineData("tcp-state=\"\"", "0 1 2 5 6 7")]
    [InlineData("tcp-state!=\"\"", "3 4")]
    [InlineData("connection-mark=\"wan 1\"", "4")]
    [InlineData("connection-mark=no-mark", "0 1 2 3 5 6 7")]
    [InlineData("assured", "3 4")]
    [InlineData("!assured", "0 1 2 5 6 7")]
    [InlineData("assured=no", "0 1 2 5 6 7")]
    [InlineData("seen-reply !fasttrack", "3 6")]
    [InlineData("assured && fasttrack || protocol=icmp", "4 6")]
    [InlineData("assured && (fasttrack || protocol=icmp)", "4")]
    [InlineData("  ( ( assured ) )  ", "3 4")]
    [InlineData("assured&&!fasttrack", "3")]
    [InlineData("protocol=udp||protocol=icmp", "0 1 5 6")]
    [InlineData("protocol = udp && timeout < 5s", "0")]
    [InlineData("protocol=\"udp\"", "0 1 5")]
    [InlineData("icmp-id=69", "6")]
    [InlineData(".id=*1A", "4")]
    public void Selects(string where, string? expected)
    {
        ConnectionQuery? query = ConnectionQuery.Parse(where, "", 0, out _);

        Assert.Equal(expected, query is null ? null : Numbers(query));
        if (query is not null)
        {
            Assert.Equal(Numbers(query), string.Join(' ', All().Index().Where(row => query.Matches(row.Item)).Select(row => row.Index)));
        }
    }

    [Theory]
    [InlineData("", 3u, "0 1 2")]
    [InlineData("timeout", 0u, "0 1 5 6 3 2 7 4")]
    [InlineData("timeout", 4u, "0 1 5 6")]
    [InlineData("-timeout", 2u, "4 7")]
    [InlineData("protocol,-orig-bytes", 0u, "6 2 7 3 4 1 5 0")]
    [InlineData("protocol,-orig-bytes", 3u, "6 2 7")]
    [InlineData("protocol", 5u, "6 2 7 3 4")]
    [InlineData("src-address", 0u, "0 1 3 2 4 6 7 5")]
    [InlineData("-assured", 3u, "3 4 0")]
    [InlineData("timeout", 100u, "0 1 5 6 3 2 7 4")]
    public void Orders_and_limits(string orderBy, uint limit, string expected) =>
        Assert.Equal(expected, Numbers(ConnectionQuery.Parse("", orderBy, limit, out _)!));

    [Fact]
    public void A_limit_takes_the_first_of_the_order_for_every_length()
    {
        var random = new Random(7);
        Connection[] connections = [.. Enumerable.Range(0, 300).Select(_ => All()[0] with { OrigBytes = (ulong)random.Next(40) })];
        int[] whole = [.. ConnectionQuery.Parse("", "-orig-bytes", 0, out _)!.Select(connections).Select(static row => row.Number)];
        for (uint limit = 1; limit <= 300; limit++)
        {
            Assert.Equal(
                whole.Take((int)limit),
                ConnectionQuery.Parse("", "-orig-bytes", limit, out _)!.Select(connections).Select(static row => row.Number));
        }
    }

    [Theory]
    [InlineData("protcol=tcp", "where:1:1: error: unknown property \"protcol\" (expected a property of this menu; did you mean \"protocol\"?)")]
    [InlineData("protocol=tpc", "where:1:10: error: protocol: \"tpc\" is not one of its values (expected a protocol such as tcp, or its number; did you mean \"tcp\"?)")]
    [InlineData("protocol", "where:1:1: error: protocol is no flag, so it has to be compared (expected =, !=, <, <=, >, >=, ~ or in)")]
    [InlineData("protocol<tcp", "where:1:10: error: protocol cannot be compared by \"<\" (expected a protocol such as tcp, or its number)")]
    [InlineData("timeout<soon", "where:1:9: error: timeout: \"soon\" is no time (expected a time such as 30s, 5m or 00:05:00)")]
    [InlineData("timeout in 5s", "where:1:12: error: timeout cannot be compared by \"in\" (expected a time such as 30s, 5m or 00:05:00)")]
    [InlineData("orig-bytes>many", "where:1:12: error: orig-bytes: \"many\" is no number (expected a number)")]
    [InlineData("orig-bytes>18446744073709551616", "where:1:12: error: orig-bytes: \"18446744073709551616\" is no number (expected a number)")]
    [InlineData("orig-rate>99999999999G", "where:1:11: error: orig-rate: \"99999999999G\" is no rate (expected bits per second such as 64000, 64k or 1M)")]
    [InlineData("src-address=10.0.0.0/8", "where:1:13: error: src-address: \"10.0.0.0/8\" is no single address (expected an address, or \"in\" and a prefix such as 10.0.0.0/8)")]
    [InlineData("src-address in here", "where:1:16: error: src-address: \"here\" is no prefix or range (expected an address, or \"in\" and a prefix such as 10.0.0.0/8)")]
    [InlineData("src-address<10.0.0.1:80", "where:1:13: error: src-address: \"10.0.0.1:80\" has a port, which has no order here (expected an address, or \"in\" and a prefix such as 10.0.0.0/8)")]
    [InlineData("tcp-state=open", "where:1:11: error: tcp-state: \"open\" is not one of its values (expected none, syn-sent, syn-received, established, fin-wait, close-wait, last-ack, time-wait, close)")]
    [InlineData("assured=maybe", "where:1:9: error: assured: \"maybe\" is neither yes nor no (expected yes or no)")]
    [InlineData("protocol~\"(\"", "where:1:10: error: protocol: \"(\" is no regular expression (expected such as \"^10\\\\.\")")]
    [InlineData("protocol~\"(a)\\\\1\"", "where:1:10: error: protocol: \"(a)\\1\" is no regular expression (expected such as \"^10\\\\.\")")]
    [InlineData("(assured", "where:1:1: error: \"(\" is never closed (expected a matching \")\")")]
    [InlineData("assured)", "where:1:8: error: unexpected \")\" in a condition (expected the end of the condition)")]
    [InlineData("assured &&", "where:1:11: error: the condition ends too early (expected a comparison such as protocol=tcp, or a flag)")]
    [InlineData("&& assured", "where:1:1: error: unexpected \"&\" in a condition (expected a property, \"!\" or \"(\")")]
    [InlineData("protocol=$x", "where:1:10: error: only a script computes values (expected a plain value, or quotes around it)")]
    [InlineData("protocol=[find]", "where:1:10: error: only a script computes values (expected a plain value, or quotes around it)")]
    public void Says_what_is_wrong_and_where(string where, string expected)
    {
        Assert.Null(ConnectionQuery.Parse(where, "", 0, out IReadOnlyList<Diagnostic> findings));
        Assert.Equal(expected, Assert.Single(findings).ToString());
    }

    [Fact]
    public void Says_what_is_wrong_with_an_order()
    {
        Assert.Null(ConnectionQuery.Parse("", "timeout,-orig-byte", 0, out IReadOnlyList<Diagnostic> findings));
        Assert.Equal(
            "order-by:1:10: error: unknown property \"orig-byte\" (expected a property to order by; did you mean \"orig-bytes\"?)",
            Assert.Single(findings).ToString());
    }

    /// <summary>Whoever may ask may ask for anything: neither depth nor length may end the process.</summary>
    [Theory]
    [InlineData("(", false)]
    [InlineData("!", false)]
    [InlineData("!(", false)]
    [InlineData("assured ", true)]
    [InlineData("assured||", false)]
    [InlineData("assured && ", false)]
    public void Survives_a_hundred_thousand_of(string piece, bool reads)
    {
        ConnectionQuery? query = ConnectionQuery.Parse(string.Concat(Enumerable.Repeat(piece, 100_000)), "", 0, out _);

        Assert.Equal(reads, query is not null);
        Assert.Equal(reads ? "3 4" : null, query is null ? null : Numbers(query));
    }

    static string Numbers(ConnectionQuery query) => string.Join(' ', query.Select(All()).Select(static row => row.Number));

    static List<Connection> All()
    {
        IReadOnlyList<Connection> manual = Samples.ManualIPv4();
        IReadOnlyList<Connection> ipv6 = Samples.ManualIPv6();
        return [manual[0], manual[1], manual[2], manual[4], .. Samples.Translated().Take(1), ipv6[0], Samples.Translated()[1], ipv6[2]];
    }
}
