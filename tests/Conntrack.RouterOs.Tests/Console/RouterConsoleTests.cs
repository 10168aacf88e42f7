using System.Text;
using System.Text.Json;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Tests.Connections;
using Conntrack.RouterOs.Tests.Firewall;

namespace Conntrack.RouterOs.Tests.Console;

public sealed class RouterConsoleTests
{
    [Fact]
    public void Prints_selected_connections_under_their_numbers() => Assert.Equal(
        """
        Flags: S - SEEN-REPLY; A - ASSURED; C - CONFIRMED; F - FASTTRACK; s - SRCNAT
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TCP-STATE, TIMEOUT, ORIG-RATE, REPL-RATE, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
        #       PROTOCOL  SRC-ADDRESS          DST-ADDRESS          TCP-STATE    TIMEOUT    ORIG-RATE  REPL-RATE  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
        4 SA    tcp       10.5.101.147:48984   10.5.101.1:8291      established  4m59s                                     346           242      25 675      56 568
        5 SACFs tcp       192.168.2.248:32815  74.125.138.188:5228  established  23h49m47s  0bps       6.4kbps             346           242      25 675      56 568

        """,
        Text("/ip firewall connection print where protocol=tcp && assured"));

    [Theory]
    [InlineData("/ip firewall connection print count-only", "7")]
    [InlineData("/ip firewall connection print count-only where protocol=udp timeout<30s", "3")]
    [InlineData("/ip/firewall/connection/print count-only where dst-address~\"5228\"", "1")]
    [InlineData("/ip firewall connection print count-only protocol=tcp", "2")]
    [InlineData("/ipv6 firewall connection print count-only", "3")]
    [InlineData("/ipv6 firewall connection print count-only where src-address in fe80::/10 && protocol=ospf", "1")]
    [InlineData("/ip firewall connection print without-paging count-only where !(protocol=tcp || protocol=udp)", "2")]
    [InlineData("/ip firewall filter print count-only where chain=forward", "2")]
    [InlineData("/ip firewall filter print count-only chain=forward", "2")]
    [InlineData("/ip firewall filter print count-only where packets>0", "1")]
    [InlineData("/ip firewall filter print count-only where disabled", "1")]
    [InlineData("/ip firewall raw print count-only", "1")]
    [InlineData("/ipv6 firewall filter print count-only", "0")]
    public void Counts(string command, string expected) => Assert.Equal(expected + "\n", Text(command));

    [Theory]
    [InlineData(":put (1 + 2)", "3")]
    [InlineData(":put \"$[:len [/ip firewall filter find]] rules\"", "3 rules")]
    [InlineData("put [/ip firewall connection print count-only where protocol=tcp]", "2")]
    [InlineData(":local p udp; :put [/ip firewall connection print count-only where protocol=$p timeout<(10s * 3)]", "3")]
    [InlineData(":foreach c in=[/ip firewall connection find protocol=tcp] do={ :put [/ip firewall connection get $c dst-address] }", "10.5.101.1:8291\n74.125.138.188:5228")]
    [InlineData(":local p tcp; /ip firewall connection print count-only where protocol=$p", "2")]
    [InlineData(":foreach r in=[/ip firewall filter find] do={ :put [/ip firewall filter get $r action] }", "drop\nfasttrack-connection\naccept")]
    public void Puts(string command, string expected) => Assert.Equal(expected + "\n", Text(command));

    [Fact]
    public void Removes_connections_one_by_one_in_a_loop()
    {
        ConsoleReply reply = Reply("/ip firewall connection; :foreach c in=[find protocol=tcp] do={ remove $c }");

        Assert.True(reply.Ok, string.Join('\n', reply.Findings));
        Assert.Equal(2, reply.RemovedConnections.Count);
    }

    [Fact]
    public void Does_nothing_of_a_script_that_fails_in_a_loop()
    {
        ConsoleReply reply = Reply("/ip firewall filter; :foreach r in=[find] do={ remove $r; :local x (1/0) }");

        Assert.False(reply.Ok);
        Assert.Null(reply.Configuration);
    }

    [Theory]
    [InlineData("order-by=-timeout where timeout>5s", "5 2 4 6 3")]
    [InlineData("order-by=protocol,-timeout", "6 2 5 4 3 1 0")]
    [InlineData("where timeout>5s", "2 3 4 5 6")]
    public void Orders(string arguments, string expected) => Assert.Equal(
        expected,
        string.Join(' ', Assert.IsType<ConnectionsOutput>(Assert.Single(Reply("/ip firewall connection print " + arguments).Outputs))
            .Rows.Select(static row => row.Number)));

    [Fact]
    public void Prints_rules_and_their_counters()
    {
        Assert.Equal(
            """
            Flags: X - DISABLED, I - INVALID; D - DYNAMIC
             0    ;;; drop
                  chain=input action=drop connection-state=invalid

             2 X  chain=forward action=accept


            """,
            Text("/ip firewall filter print where chain=input || disabled"));
        Assert.Equal(
            """
            Columns: CHAIN, ACTION, BYTES, PACKETS
            # CHAIN  ACTION  BYTES  PACKETS
            ;;; drop
            0 input  drop    6 400      100

            """,
            Text("/ip firewall filter print stats where packets>0"));
        Assert.Contains(" 0    chain=prerouting action=notrack protocol=udp dst-port=53\n", Text("/ip firewall raw print"), StringComparison.Ordinal);
    }

    [Fact]
    public void Prints_the_tracking_settings() => Assert.Equal(
        """
                           enabled: auto
                       active-ipv4: yes
                       active-ipv6: no
                loose-tcp-tracking: yes
              liberal-tcp-tracking: no
              tcp-syn-sent-timeout: 5s
          tcp-syn-received-timeout: 5s
           tcp-established-timeout: 1d
              tcp-fin-wait-timeout: 10s
            tcp-close-wait-timeout: 10s
              tcp-last-ack-timeout: 10s
             tcp-time-wait-timeout: 10s
                 tcp-close-timeout: 10s
           tcp-max-retrans-timeout: 5m
               tcp-unacked-timeout: 5m
                       udp-timeout: 20s
                udp-stream-timeout: 3m
                      icmp-timeout: 10s
                   generic-timeout: 10m
                       max-entries: 1048576
                     total-entries: 10
                 total-ip4-entries: 7
                 total-ip6-entries: 3
                  reserved-entries: 0
                 evicted-half-open: 0
                 evicted-unassured: 0
                      evicted-idle: 0
                       evicted-own: 2
                           refused: 0

        """,
        Text("/ip firewall connection tracking; set udp-timeout=20s; print"));

    [Fact]
    public void A_setting_is_asked_for_and_not_made()
    {
        var router = new Router();
        ConsoleReply reply = RouterConsole.Execute("/ip firewall connection tracking set udp-timeout=20s", router);

        Assert.True(reply.Ok);
        Assert.Equal(TimeSpan.FromSeconds(20), reply.Configuration!.Tracking.UdpTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), router.Configuration.Tracking.UdpTimeout);
        Assert.Same(router.Configuration.Rules, reply.Configuration.Rules);
        Assert.Empty(reply.Outputs);
    }

    [Theory]
    [InlineData("/ip firewall filter print")]
    [InlineData("/ip firewall filter")]
    [InlineData("/ip firewall connection tracking set udp-timeout=30s")]
    [InlineData("/ip firewall filter set 0 disabled=no")]
    [InlineData("/ip firewall filter remove [find comment=nobody]")]
    [InlineData("/ip firewall connection remove [find]")]
    [InlineData("/export")]
    public void What_changes_no_settings_asks_for_none(string command)
    {
        ConsoleReply reply = Reply(command);

        Assert.True(reply.Ok);
        Assert.Null(reply.Configuration);
    }

    /// <summary>The same words under a new id: the counters have to start again.</summary>
    [Fact]
    public void A_rule_that_is_replaced_by_its_like_is_a_change() =>
        Assert.NotNull(Reply("/ip firewall raw; remove 0; add chain=prerouting action=notrack protocol=udp dst-port=53").Configuration);

    [Theory]
    [InlineData("/ip firewall connection remove [find]", 7)]
    [InlineData("/ip firewall connection remove [find where protocol=tcp]", 2)]
    [InlineData("/ip firewall connection remove [find protocol=tcp && !fasttrack]", 1)]
    [InlineData("/ip firewall connection remove [/ip firewall connection find protocol=icmp]", 1)]
    [InlineData("/ip firewall connection remove numbers=0,2", 2)]
    [InlineData("/ip firewall connection remove *1a,*1B", 2)]
    [InlineData("/ipv6 firewall connection remove [find protocol=ospf]", 1)]
    [InlineData("/ip firewall connection remove [find protocol=gre]", 0)]
    public void Asks_for_connections_to_be_removed(string command, int count)
    {
        ConsoleReply reply = Reply(command);

        Assert.True(reply.Ok, string.Join('\n', reply.Findings));
        Assert.Equal(count, reply.RemovedConnections.Count);
        RuleFamily family = command.StartsWith("/ipv6", StringComparison.Ordinal) ? RuleFamily.Ipv6 : RuleFamily.Ipv4;
        Assert.All(reply.RemovedConnections, connection => Assert.Equal(family, connection.Family));
    }

    [Fact]
    public void Asks_for_counters_to_be_reset()
    {
        Assert.Equal([2UL], Reply("/ip firewall filter reset-counters 1").ResetCounters);
        Assert.Equal([2UL, 3], Reply("/ip firewall filter reset-counters [find chain=forward]").ResetCounters);
        Assert.Equal([1UL, 2, 3], Reply("/ip firewall filter reset-counters-all").ResetCounters);
    }

    [Fact]
    public void Exports_a_menu_or_everything()
    {
        Assert.Equal("/ip firewall raw\nadd action=notrack chain=prerouting dst-port=53 protocol=udp\n", Text("/ip firewall raw export"));
        Assert.Equal(ScriptExporter.Export(new Router().Configuration), Text("/export"));
        Assert.Equal("", Text("/ipv6 firewall export"));
    }

    [Fact]
    public void Shows_what_the_commands_before_it_made() => Assert.Equal(
        "/ip firewall raw\nadd action=accept chain=prerouting in-interface=WAN\n",
        Text(
            "/ip firewall raw; remove 0; add chain=prerouting in-interface=ether1; /interface ethernet set ether1 name=WAN; "
            + "/ip firewall raw export"));

    [Theory]
    [InlineData("/ip firewall connection print where protcol=tcp", "console:1:37: error: unknown property \"protcol\" (expected a property of this menu; did you mean \"protocol\"?)")]
    [InlineData("/ip firewall connection prnt", "console:1:25: error: unknown word \"prnt\" in /ip firewall connection (expected a menu or command of /ip firewall connection; did you mean \"print\"?)")]
    [InlineData("/ip firewall connection print breif", "console:1:31: error: unexpected \"breif\" (expected a form such as detail, or where and a condition; did you mean \"brief\"?)")]
    [InlineData("/ip firewall connection print order-by=sice", "console:1:40: error: unknown property \"sice\" (expected a property to order by)")]
    [InlineData("/ip firewall connection remove", "console:1:25: error: remove does not say which connections it means (expected [ find … ], numbers, or ids such as *1a)")]
    [InlineData("/ip firewall connection remove 0,77", "console:1:34: error: no connection \"77\" (expected [ find … ], numbers, or ids such as *1a)")]
    [InlineData("/ip firewall connection remove [find protocol=tpc]", "console:1:47: error: protocol: \"tpc\" is not one of its values (expected a protocol such as tcp, or its number; did you mean \"tcp\"?)")]
    [InlineData("/interface bonding print", "console:1:1: error: print is not supported yet in this version for /interface bonding")]
    [InlineData("/ip firewall filter add chain=input action=rejekt", "console:1:44: error: action: \"rejekt\" is no action of filter (expected accept, drop, passthrough, fasttrack-connection, jump, return, log, add-src-to-address-list, add-dst-to-address-list, reject or tarpit; did you mean \"reject\"?)")]
    [InlineData("/ip firewall connection print file=x", "console:1:31: error: file is not supported yet in this version")]
    [InlineData("/ip firewall connection print interval=soon", "console:1:40: error: interval: \"soon\" is no time to wait (expected a time from 100ms on, such as 1s or 500ms)")]
    [InlineData("/ip firewall connection print proplist=protocol,adress", "console:1:49: error: unknown property \"adress\" (expected properties of this menu with commas between them)")]
    [InlineData("/ip firewall connection print where timeout<30s assured=perhaps", "console:1:57: error: assured: \"perhaps\" is neither yes nor no (expected yes or no)")]
    public void Says_what_is_wrong_and_wants_nothing_done(string command, string expected)
    {
        ConsoleReply reply = Reply("/ip firewall filter add chain=input\n" + command);
        string first = string.Join('\n', reply.Findings);

        Assert.False(reply.Ok);
        Assert.Equal(expected.Replace("console:1:", "console:2:", StringComparison.Ordinal), first);
        Assert.Equal((null, 0, 0), (reply.Configuration, reply.RemovedConnections.Count, reply.Outputs.Count));
    }

    [Theory]
    [InlineData("/ip firewall connection print count-only", "7")]
    [InlineData("/ip firewall filter print where chain=input", """[{".id":"*1","chain":"input","action":"drop","connection-state":"invalid","comment":"drop","disabled":false,"dynamic":false,"packets":100,"bytes":6400}]""")]
    [InlineData("/ip firewall connection tracking set udp-timeout=1s", "null")]
    [InlineData("/ip firewall raw print count-only; /ip firewall filter print count-only", "[1,3]")]
    [InlineData("/ip firewall raw export", "\"/ip firewall raw\\nadd action=notrack chain=prerouting dst-port=53 protocol=udp\\n\"")]
    [InlineData("/ip firewal", """{"errors":[{"line":1,"column":5,"word":"firewal","message":"unknown word \"firewal\" in /ip","expected":"a menu or command of /ip","nearest":"firewall"}]}""")]
    public void Answers_programs(string command, string expected) => Assert.Equal(expected, Json(command));

    [Fact]
    public void Answers_programs_with_typed_values()
    {
        using JsonDocument tracking = JsonDocument.Parse(Json("/ip firewall connection tracking print"));
        Assert.Equal("auto", tracking.RootElement.GetProperty("enabled").GetString());
        Assert.True(tracking.RootElement.GetProperty("active-ipv4").GetBoolean());
        Assert.Equal(10, tracking.RootElement.GetProperty("total-entries").GetInt32());
        Assert.Equal("30s", tracking.RootElement.GetProperty("udp-timeout").GetString());
        using JsonDocument connections = JsonDocument.Parse(Json("/ip firewall connection print where fasttrack"));
        JsonElement connection = Assert.Single(connections.RootElement.EnumerateArray());
        Assert.Equal(25_675, connection.GetProperty("orig-bytes").GetInt32());
        Assert.True(connection.GetProperty("srcnat").GetBoolean());
        Assert.False(connection.GetProperty("dying").GetBoolean());
    }

    static ConsoleReply Reply(string command) => RouterConsole.Execute(command, new Router());

    static string Text(string command)
    {
        ConsoleReply reply = Reply(command);
        Assert.True(reply.Ok, string.Join('\n', reply.Findings));
        using var writer = new StringWriter { NewLine = "\n" };
        reply.Write(writer);
        return writer.ToString();
    }

    static string Json(string command)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Reply(command).WriteJson(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Ten connections and four rules.</summary>
    sealed class Router : IRouterView
    {
        public RouterConfiguration Configuration { get; } = Rules.Load("""
            /ip firewall filter
            add chain=input action=drop connection-state=invalid comment=drop
            add chain=forward action=fasttrack-connection
            add chain=forward disabled=yes
            /ip firewall raw add chain=prerouting action=notrack protocol=udp dst-port=53
            """);

        public TrackingStatus Tracking { get; } =
            new() { ActiveIpv4 = true, MaxEntries = 1_048_576, TotalIp4Entries = 7, TotalIp6Entries = 3, EvictedOwn = 2 };

        public IEnumerable<Connection> Connections(RuleFamily family) =>
            (family == RuleFamily.Ipv4 ? [.. Samples.ManualIPv4(), .. Samples.Translated()] : Samples.ManualIPv6())
                .Select(static (connection, i) => connection.Id > 0 ? connection : connection with { Id = (ulong)i + 100 });

        public RuleCounters? FastTracked(RuleFamily family) => FastTrack is { } counters && family == RuleFamily.Ipv4 ? counters : null;

        public RuleCounters? FastTrack { get; init; }

        public RuleCounters Counters(ulong rule) => rule == 1 ? new RuleCounters(100, 6_400) : default;
    }
}
