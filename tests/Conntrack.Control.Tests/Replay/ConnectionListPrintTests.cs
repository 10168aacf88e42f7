using System.Net;
using Conntrack.Control.Replay;
using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Tests.Replay;

public sealed class ConnectionListPrintTests
{
    const string Ip =
        """
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TIMEOUT, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
        # PROTOCOL  SRC-ADDRESS   DST-ADDRESS  TIMEOUT  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
        0 ospf      10.5.101.161  224.0.0.5    9m58s               0             0           0           0

        """;

    const string IPv6 =
        """
        Columns: PROTOCOL, SRC-ADDRESS, DST-ADDRESS, TIMEOUT, ORIG-PACKETS, REPL-PACKETS, ORIG-BYTES, REPL-BYTES
        # PROTOCOL  SRC-ADDRESS                DST-ADDRESS  TIMEOUT  ORIG-PACKETS  REPL-PACKETS  ORIG-BYTES  REPL-BYTES
        0 ospf      fe80::d6ca:6dff:fe73:9822  ff02::5      9m58s               0             0           0           0

        """;

    [Theory]
    [InlineData(true, false, Ip)]
    [InlineData(false, true, IPv6)]
    [InlineData(true, true, Ip + "\n" + IPv6)]
    [InlineData(false, false, "")]
    public void Each_family_has_its_list(bool ip, bool ipv6, string expected)
    {
        List<Connection> connections = [];
        if (ipv6)
        {
            connections.Add(Ospf("fe80::d6ca:6dff:fe73:9822", "ff02::5"));
        }

        if (ip)
        {
            connections.Add(Ospf("10.5.101.161", "224.0.0.5"));
        }

        var writer = new StringWriter();
        ConnectionListPrint.Write(writer, connections);
        Assert.Equal(expected, writer.ToString());
    }

    static Connection Ospf(string source, string destination) => new()
    {
        Protocol = 89,
        SrcAddress = IPAddress.Parse(source),
        DstAddress = IPAddress.Parse(destination),
        ReplySrcAddress = IPAddress.Parse(destination),
        ReplyDstAddress = IPAddress.Parse(source),
        Timeout = TimeSpan.FromSeconds(598),
    };
}
