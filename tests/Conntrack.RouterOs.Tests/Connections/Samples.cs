using System.Net;
using Conntrack.RouterOs.Connections;

namespace Conntrack.RouterOs.Tests.Connections;

/// <summary>Connections that real devices have printed.</summary>
static class Samples
{
    public static Connection Untranslated(byte protocol, string source, string destination, string timeout) =>
        Parse(protocol, source, destination, destination, source, timeout);

    /// <summary>Addresses are <c>1.2.3.4</c>, <c>1.2.3.4:80</c>, <c>fe80::1</c> or <c>[fe80::1]:80</c>.</summary>
    public static Connection Parse(
        byte protocol, string source, string destination, string replySource, string replyDestination, string timeout)
    {
        Assert.True(Conntrack.RouterOs.Values.RouterOsTime.TryParse(timeout, out TimeSpan left));
        (IPAddress srcAddress, ushort? srcPort) = Endpoint(source);
        (IPAddress dstAddress, ushort? dstPort) = Endpoint(destination);
        (IPAddress replySrcAddress, ushort? replySrcPort) = Endpoint(replySource);
        (IPAddress replyDstAddress, ushort? replyDstPort) = Endpoint(replyDestination);
        return new Connection
        {
            Protocol = protocol,
            SrcAddress = srcAddress,
            SrcPort = srcPort,
            DstAddress = dstAddress,
            DstPort = dstPort,
            ReplySrcAddress = replySrcAddress,
            ReplySrcPort = replySrcPort,
            ReplyDstAddress = replyDstAddress,
            ReplyDstPort = replyDstPort,
            Timeout = left,
        };
    }

    /// <summary>The manual's listing of <c>/ip firewall connection</c>, with counters a router of today adds.</summary>
    public static IReadOnlyList<Connection> ManualIPv4() =>
    [
        Untranslated(IpProtocol.Udp, "10.5.8.176:5678", "255.255.255.255:5678", "0s") with { OrigPackets = 1, OrigBytes = 151 },
        Untranslated(IpProtocol.Udp, "10.5.101.3:646", "224.0.0.2:646", "5s") with { OrigPackets = 9, OrigBytes = 630 },
        Untranslated(89, "10.5.101.161", "224.0.0.5", "9m58s") with { OrigPackets = 25_675, OrigBytes = 2_054_000 },
        Untranslated(IpProtocol.Udp, "10.5.8.140:5678", "255.255.255.255:5678", "8s") with { OrigPackets = 2, OrigBytes = 302 },
        Untranslated(IpProtocol.Tcp, "10.5.101.147:48984", "10.5.101.1:8291", "4m59s") with
        {
            TcpState = TcpState.Established,
            OrigPackets = 346,
            OrigBytes = 25_675,
            ReplPackets = 242,
            ReplBytes = 56_568,
            Flags = ConnectionFlags.SeenReply | ConnectionFlags.Assured,
        },
    ];

    /// <summary>The manual's listing of <c>/ipv6 firewall connection</c>.</summary>
    public static IReadOnlyList<Connection> ManualIPv6() =>
    [
        Untranslated(IpProtocol.Udp, "[fe80::d6ca:6dff:fe77:3698]:5678", "[ff02::1]:5678", "8s") with { OrigPackets = 1, OrigBytes = 171 },
        Untranslated(IpProtocol.Udp, "[fe80::d6ca:6dff:fe98:7c28]:5678", "[ff02::1]:5678", "9s") with { OrigPackets = 1, OrigBytes = 171 },
        Untranslated(89, "fe80::d6ca:6dff:fe73:9822", "ff02::5", "9m59s") with { OrigPackets = 12, OrigBytes = 912 },
    ];

    /// <summary>A fasttracked connection behind source NAT, and a ping.</summary>
    public static IReadOnlyList<Connection> Translated() =>
    [
        Parse(
            IpProtocol.Tcp, "192.168.2.248:32815", "74.125.138.188:5228", "74.125.138.188:5228", "174.85.202.204:32815", "23h49m47s") with
        {
            Id = 26,
            TcpState = TcpState.Established,
            OrigPackets = 346,
            OrigBytes = 25_675,
            OrigFastTrackPackets = 48,
            OrigFastTrackBytes = 5_395,
            ReplPackets = 242,
            ReplBytes = 56_568,
            ReplFastTrackPackets = 48,
            ReplFastTrackBytes = 20_460,
            OrigRate = 0,
            ReplRate = 6_400,
            ConnectionMark = "wan 1",
            Flags = ConnectionFlags.SeenReply | ConnectionFlags.Assured | ConnectionFlags.Confirmed | ConnectionFlags.FastTrack
                | ConnectionFlags.SrcNat,
        },
        Parse(IpProtocol.Icmp, "192.168.80.254", "216.58.215.142", "216.58.215.142", "172.31.255.30", "9s") with
        {
            Id = 27,
            IcmpType = 8,
            IcmpCode = 0,
            IcmpId = 69,
            OrigPackets = 7_269,
            OrigBytes = 610_596,
            ReplPackets = 7_269,
            ReplBytes = 610_596,
            OrigRate = 1_344,
            ReplRate = 1_344,
            Flags = ConnectionFlags.SeenReply | ConnectionFlags.Confirmed | ConnectionFlags.SrcNat,
        },
    ];

    static (IPAddress Address, ushort? Port) Endpoint(string text)
    {
        int colon = text.LastIndexOf(':');
        bool hasPort = text[0] == '[' || (colon >= 0 && colon == text.IndexOf(':', StringComparison.Ordinal));
        return hasPort
            ? (IPAddress.Parse(text[..colon].Trim('[', ']')), ushort.Parse(text[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture))
            : (IPAddress.Parse(text), null);
    }
}
