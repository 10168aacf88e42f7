using System.Net;
using Conntrack.RouterOs.Connections;

namespace Conntrack.RouterOs.Tests.Connections;

public sealed class WordsTests
{
    [Fact]
    public void Flags_stand_in_RouterOS_order()
    {
        Assert.Equal("ESACDFHsd", string.Concat(ConnectionFlag.All.Select(flag => flag.Print.Letter)));
        Assert.Equal(
            ["expected", "seen-reply", "assured", "confirmed", "dying", "fasttrack", "hw-offload", "srcnat", "dstnat"],
            ConnectionFlag.All.Select(flag => flag.Word));

        // The print forms take bit n for the flag n.
        Assert.All(ConnectionFlag.All.Index(), entry => Assert.Equal(1 << entry.Index, (int)entry.Item.Value));
    }

    [Fact]
    public void Tcp_states_have_the_chapters_words()
    {
        Assert.Equal(
            ["none", "syn-sent", "syn-received", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close"],
            Enum.GetValues<TcpState>().Select(state => state.Word()));
        Assert.All(Enum.GetValues<TcpState>(), state => Assert.True(TcpStateWords.TryParse(state.Word(), out TcpState read) && read == state));
        Assert.False(TcpStateWords.TryParse("listening", out _));
    }

    [Fact]
    public void Connection_states_have_the_matchers_words()
    {
        Assert.Equal(
            ["new", "established", "related", "invalid", "untracked"], Enum.GetValues<ConnectionState>().Select(state => state.Word()));
        Assert.All(
            Enum.GetValues<ConnectionState>(),
            state => Assert.True(ConnectionStateWords.TryParse(state.Word(), out ConnectionState read) && read == state));
        Assert.False(ConnectionStateWords.TryParse("notrack", out _));
    }

    [Fact]
    public void Connection_types_have_the_helpers_words()
    {
        Assert.Equal(
            ["", "ftp", "h323", "irc", "pptp", "quake3", "sip", "tftp"], Enum.GetValues<ConnectionType>().Select(type => type.Word()));
        Assert.All(
            Enum.GetValues<ConnectionType>(),
            type => Assert.True(ConnectionTypeWords.TryParse(type.Word(), out ConnectionType read) && read == type));
        Assert.False(ConnectionTypeWords.TryParse("rtsp", out _));
    }

    [Theory]
    [InlineData(1, "icmp")]
    [InlineData(4, "ipencap")]
    [InlineData(6, "tcp")]
    [InlineData(17, "udp")]
    [InlineData(33, "dccp")]
    [InlineData(41, "ipv6-encap")]
    [InlineData(47, "gre")]
    [InlineData(50, "ipsec-esp")]
    [InlineData(51, "ipsec-ah")]
    [InlineData(58, "icmpv6")]
    [InlineData(89, "ospf")]
    [InlineData(112, "vrrp")]
    [InlineData(132, "sctp")]
    [InlineData(136, "udp-lite")]
    [InlineData(0, "0")]
    [InlineData(139, "139")]
    [InlineData(255, "255")]
    public void Protocols_have_RouterOS_names_or_stay_numbers(byte number, string word)
    {
        Assert.Equal(word, IpProtocol.Word(number));
        Assert.True(IpProtocol.TryParse(word, out byte read));
        Assert.Equal(number, read);
    }

    [Fact]
    public void No_two_protocols_share_a_name() =>
        Assert.Equal(256, Enumerable.Range(0, 256).Select(number => IpProtocol.Word((byte)number)).Distinct().Count());

    [Theory]
    [InlineData("6", 6)]
    [InlineData("ip-encap", 4)]
    [InlineData("ipv6", 41)]
    public void Protocols_are_read_in_other_spellings(string word, byte number)
    {
        Assert.True(IpProtocol.TryParse(word, out byte read));
        Assert.Equal(number, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("TCP")]
    [InlineData("256")]
    [InlineData("-1")]
    [InlineData("tcpp")]
    public void Other_words_are_no_protocol(string word) => Assert.False(IpProtocol.TryParse(word, out _));

    [Theory]
    [InlineData(6, true)]
    [InlineData(17, true)]
    [InlineData(33, true)]
    [InlineData(132, true)]
    [InlineData(136, true)]
    [InlineData(1, false)]
    [InlineData(47, false)]
    [InlineData(58, false)]
    public void Ports_belong_to_five_protocols(byte protocol, bool hasPorts) => Assert.Equal(hasPorts, IpProtocol.HasPorts(protocol));

    // RFC 5952 sections 4 and 5, one line each.
    [Theory]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:DB8::A", "2001:db8::a")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("::192.0.2.1", "::c000:201")]
    [InlineData("fe80::5efe:192.0.2.1", "fe80::5efe:c000:201")]
    [InlineData("fe80::1%3", "fe80::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    public void Addresses_are_written_as_RFC_5952_says(string text, string expected) =>
        Assert.Equal(expected, AddressText.Format(IPAddress.Parse(text)));

    [Theory]
    [InlineData("192.0.2.1", 80, "192.0.2.1:80")]
    [InlineData("192.0.2.1", null, "192.0.2.1")]
    [InlineData("2001:db8::1", 80, "2001:db8::1")]
    public void Only_IPv4_takes_its_port_along(string address, int? port, string expected) =>
        Assert.Equal(expected, AddressText.Format(IPAddress.Parse(address), (ushort?)port));

    [Theory]
    [InlineData(0x0800, "ip")]
    [InlineData(0x86DD, "ipv6")]
    [InlineData(0x880B, "0x880b")]
    [InlineData(0x000B, "0x000b")]
    public void Gre_payloads_are_named_or_hexadecimal(int etherType, string word) => Assert.Equal(word, GreProtocol.Word((ushort)etherType));
}
