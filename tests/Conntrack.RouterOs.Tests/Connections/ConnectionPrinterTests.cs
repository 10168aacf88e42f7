using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Tests.Connections;

public sealed class ConnectionPrinterTests
{
    [Fact]
    public void Brief_prints_the_manuals_connections_as_RouterOS_7_does() => Equal(
        """
        Flags: S - SEEN-REPLY; A - ASSURED
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TCP-STATE, TIMEOUT, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
        #    PROTOCOL  SRC-ADDRESS         DST-ADDRESS           TCP-STATE    TIMEOUT  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
        0    udp       10.5.8.176:5678     255.255.255.255:5678               0s                  1             0         151           0
        1    udp       10.5.101.3:646      224.0.0.2:646                      5s                  9             0         630           0
        2    ospf      10.5.101.161        224.0.0.5                          9m58s          25 675             0   2 054 000           0
        3    udp       10.5.8.140:5678     255.255.255.255:5678               8s                  2             0         302           0
        4 SA tcp       10.5.101.147:48984  10.5.101.1:8291       established  4m59s             346           242      25 675      56 568

        """,
        Print(Samples.ManualIPv4(), PrintForm.Brief));

    [Fact]
    public void Brief_prints_bare_IPv6_addresses_and_neither_legend_nor_column_of_what_does_not_occur() => Equal(
        """
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TIMEOUT, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
        # PROTOCOL  SRC-ADDRESS                DST-ADDRESS  TIMEOUT  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
        0 udp       fe80::d6ca:6dff:fe77:3698  ff02::1      8s                  1             0         171           0
        1 udp       fe80::d6ca:6dff:fe98:7c28  ff02::1      9s                  1             0         171           0
        2 ospf      fe80::d6ca:6dff:fe73:9822  ff02::5      9m59s              12             0         912           0

        """,
        Print(Samples.ManualIPv6(), PrintForm.Brief));

    [Fact]
    public void A_narrow_terminal_cuts_a_title_to_its_values_and_a_filtered_print_keeps_its_numbers()
    {
        // A router's own listing, `print where dst-address~"9993" timeout<30s` in a terminal of 132 characters.
        const ConnectionFlags translated = ConnectionFlags.Confirmed | ConnectionFlags.SrcNat;
        NumberedConnection[] rows =
        [
            Row(13, "166.100.100.14:57447", "50.7.252.138:9993", "0s", 2, 330, ConnectionFlags.Confirmed),
            Row(15, "166.100.100.14:57447", "84.17.53.155:9993", "0s", 1, 165, ConnectionFlags.Confirmed),
            Row(27, "192.168.202.197:45463", "84.17.53.155:9993", "2s", 2, 330, translated),
            Row(28, "192.168.202.197:45463", "50.7.252.138:9993", "2s", 2, 330, translated),
        ];
        var writer = new StringWriter();
        ConnectionPrinter.Print(writer, rows, PrintForm.Brief, width: 132);
        Equal(
            """
            Flags: C - CONFIRMED; s - SRCNAT
            Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TIMEOUT, ORIG-RATE, REPL-RATE, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
             #    PROTOCOL  SRC-ADDRESS            DST-ADDRESS        TIMEOUT  ORIG-RATE  REPL-RATE  ORIG-PACKETS  R  ORIG-BYTES  REPL-BYTES
            13 C  udp       166.100.100.14:57447   50.7.252.138:9993  0s       0bps       0bps                  2  0         330           0
            15 C  udp       166.100.100.14:57447   84.17.53.155:9993  0s       0bps       0bps                  1  0         165           0
            27 Cs udp       192.168.202.197:45463  84.17.53.155:9993  2s       0bps       0bps                  2  0         330           0
            28 Cs udp       192.168.202.197:45463  50.7.252.138:9993  2s       0bps       0bps                  2  0         330           0

            """,
            writer.ToString());

        static NumberedConnection Row(
            int number, string source, string destination, string timeout, ulong packets, ulong bytes, ConnectionFlags flags) =>
            new(number, Samples.Untranslated(IpProtocol.Udp, source, destination, timeout) with
            {
                OrigPackets = packets,
                OrigBytes = bytes,
                OrigRate = 0,
                ReplRate = 0,
                Flags = flags,
            });
    }

    [Fact]
    public void Detail_lists_every_property_the_connection_has_and_wraps_at_80_under_the_first() => Equal(
        """
        Flags: E - expected; S - seen-reply; A - assured; C - confirmed; D - dying; F - fasttrack; H - hw-offload; s - srcnat; d - dstnat
         0  SAC F s  protocol=tcp src-address=192.168.2.248:32815
                     dst-address=74.125.138.188:5228
                     reply-src-address=74.125.138.188:5228
                     reply-dst-address=174.85.202.204:32815 tcp-state=established
                     timeout=23h49m47s connection-mark="wan 1" orig-packets=346
                     orig-bytes=25 675 orig-fasttrack-packets=48
                     orig-fasttrack-bytes=5 395 repl-packets=242 repl-bytes=56 568
                     repl-fasttrack-packets=48 repl-fasttrack-bytes=20 460
                     orig-rate=0bps repl-rate=6.4kbps

         1  S C   s  protocol=icmp src-address=192.168.80.254 dst-address=216.58.215.142
                     reply-src-address=216.58.215.142 reply-dst-address=172.31.255.30
                     icmp-type=8 icmp-code=0 icmp-id=69 timeout=9s orig-packets=7 269
                     orig-bytes=610 596 orig-fasttrack-packets=0 orig-fasttrack-bytes=0
                     repl-packets=7 269 repl-bytes=610 596 repl-fasttrack-packets=0
                     repl-fasttrack-bytes=0 orig-rate=1344bps repl-rate=1344bps


        """,
        Print(Samples.Translated(), PrintForm.Detail));

    [Fact]
    public void Detail_escapes_what_would_end_a_name() => Assert.Contains(
        """connection-mark="a\"b\\c" """,
        Print([Samples.ManualIPv4()[0] with { ConnectionMark = """a"b\c""" }], PrintForm.Detail),
        StringComparison.Ordinal);

    [Fact]
    public void Terse_puts_an_entry_on_a_line_with_the_flags_that_occur() => Equal(
        """
        0 SACFs protocol=tcp src-address=192.168.2.248:32815 dst-address=74.125.138.188:5228 reply-src-address=74.125.138.188:5228 reply-dst-address=174.85.202.204:32815 tcp-state=established timeout=23h49m47s connection-mark=wan 1 orig-packets=346 orig-bytes=25 675 orig-fasttrack-packets=48 orig-fasttrack-bytes=5 395 repl-packets=242 repl-bytes=56 568 repl-fasttrack-packets=48 repl-fasttrack-bytes=20 460 orig-rate=0bps repl-rate=6.4kbps
        1 S C s protocol=icmp src-address=192.168.80.254 dst-address=216.58.215.142 reply-src-address=216.58.215.142 reply-dst-address=172.31.255.30 icmp-type=8 icmp-code=0 icmp-id=69 timeout=9s orig-packets=7 269 orig-bytes=610 596 orig-fasttrack-packets=0 orig-fasttrack-bytes=0 repl-packets=7 269 repl-bytes=610 596 repl-fasttrack-packets=0 repl-fasttrack-bytes=0 orig-rate=1344bps repl-rate=1344bps

        """,
        Print(Samples.Translated(), PrintForm.Terse));

    [Fact]
    public void Terse_gives_IPv6_ports_properties_of_their_own() => Equal(
        """
        0 protocol=udp src-address=fe80::d6ca:6dff:fe77:3698 src-port=5678 dst-address=ff02::1 dst-port=5678 reply-src-address=ff02::1 reply-src-port=5678 reply-dst-address=fe80::d6ca:6dff:fe77:3698 reply-dst-port=5678 timeout=8s orig-packets=1 orig-bytes=171 orig-fasttrack-packets=0 orig-fasttrack-bytes=0 repl-packets=0 repl-bytes=0 repl-fasttrack-packets=0 repl-fasttrack-bytes=0

        """,
        Print([Samples.ManualIPv6()[0]], PrintForm.Terse));

    [Fact]
    public void Terse_shows_the_payload_of_a_tunnel_and_the_helper() => Equal(
        """
        0 protocol=gre src-address=10.0.0.2 dst-address=192.0.2.1 reply-src-address=192.0.2.1 reply-dst-address=10.0.0.2 gre-protocol=0x880b gre-version=1 gre-key=4294967295 connection-type=pptp timeout=10m orig-packets=0 orig-bytes=0 orig-fasttrack-packets=0 orig-fasttrack-bytes=0 repl-packets=0 repl-bytes=0 repl-fasttrack-packets=0 repl-fasttrack-bytes=0

        """,
        Print(
            [
                Samples.Untranslated(IpProtocol.Gre, "10.0.0.2", "192.0.2.1", "10m") with
                {
                    GreProtocol = 0x880B,
                    GreVersion = 1,
                    GreKey = uint.MaxValue,
                    ConnectionType = ConnectionType.Pptp,
                },
            ],
            PrintForm.Terse));

    [Fact]
    public void Stats_prints_every_counter() => Equal(
        """
        Flags: S - SEEN-REPLY; A - ASSURED; C - CONFIRMED; F - FASTTRACK; s - SRCNAT
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, ORIG-PACKETS, ORIG-BYTES, ORIG-FASTTRACK-PACKETS, ORIG-FASTTRACK-BYTES, REPL-PACKETS, REPL-BYTES, REPL-FASTTRACK-PACKETS, REPL-FASTTRACK-BYTES
        #       PROTOCOL  SRC-ADDRESS          DST-ADDRESS          ORIG-PACKETS  ORIG-BYTES  ORIG-FASTTRACK-PACKETS  ORIG-FASTTRACK-BYTES  REPL-PACKETS  REPL-BYTES  REPL-FASTTRACK-PACKETS  REPL-FASTTRACK-BYTES
        0 SACFs tcp       192.168.2.248:32815  74.125.138.188:5228           346      25 675                      48                 5 395           242      56 568                      48                20 460
        1 S C s icmp      192.168.80.254       216.58.215.142              7 269     610 596                       0                     0         7 269     610 596                       0                     0

        """,
        Print(Samples.Translated(), PrintForm.Stats));

    [Fact]
    public void As_value_is_one_line_of_ungrouped_values_by_name() => Equal(
        """
        .id=*1b;assured=false;confirmed=true;dst-address=216.58.215.142;dstnat=false;dying=false;expected=false;fasttrack=false;hw-offload=false;icmp-code=0;icmp-id=69;icmp-type=8;orig-bytes=610596;orig-fasttrack-bytes=0;orig-fasttrack-packets=0;orig-packets=7269;orig-rate=1344;protocol=icmp;repl-bytes=610596;repl-fasttrack-bytes=0;repl-fasttrack-packets=0;repl-packets=7269;repl-rate=1344;reply-dst-address=172.31.255.30;reply-src-address=216.58.215.142;seen-reply=true;src-address=192.168.80.254;srcnat=true;timeout=9s

        """,
        Print([Samples.Translated()[1]], PrintForm.AsValue));

    [Theory]
    [InlineData(0, "0\n")]
    [InlineData(5, "5\n")]
    public void Count_only_is_a_number(int count, string expected) =>
        Equal(expected, Print([.. Samples.ManualIPv4().Take(count)], PrintForm.CountOnly));

    [Theory]
    [InlineData(PrintForm.Brief)]
    [InlineData(PrintForm.Detail)]
    [InlineData(PrintForm.Terse)]
    [InlineData(PrintForm.Stats)]
    public void An_empty_list_prints_nothing(PrintForm form) => Equal("", Print([], form));

    [Fact]
    public void Forms_have_RouterOS_words()
    {
        Assert.Equal(
            ["brief", "detail", "terse", "stats", "count-only", "as-value", "value-list"], Enum.GetValues<PrintForm>().Select(form => form.Word()));
        Assert.All(Enum.GetValues<PrintForm>(), form =>
        {
            Assert.True(PrintFormWords.TryParse(form.Word(), out PrintForm read));
            Assert.Equal(form, read);
        });
        Assert.False(PrintFormWords.TryParse("Brief", out _));
    }

    static string Print(IReadOnlyList<Connection> connections, PrintForm form)
    {
        var writer = new StringWriter();
        ConnectionPrinter.Print(writer, connections, form);
        return writer.ToString();
    }

    static void Equal(string expected, string actual) => Assert.Equal(expected, actual, ignoreLineEndingDifferences: false);
}
