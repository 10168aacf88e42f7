using System.Buffers.Binary;
using System.Text;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>Telephones through a router that translates: they hear each other, and are called.</summary>
[Collection(Dpdk.Collection)]
public sealed class SipTests(Dpdk dpdk)
{
    static readonly NatNet s_net = new(false);

    static string Phone => s_net.Host(NatNet.Lan);

    static string Wan => s_net.Router(NatNet.Wan);

    static string Proxy => s_net.Server;

    /// <summary>A call out and back: every address that is the telephone's becomes the router's outside, and the other way round; both streams of two media are one connection each.</summary>
    [Theory, Runtimes]
    public void A_call_through_masquerade(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Assert.Equal(Invite(Wan, Wan), Out(rig, Invite(Phone, Phone)));
        Assert.Equal(Answer(Phone, Proxy), In(rig, Answer(Wan, Proxy)));

        Stream(rig, 4000, 6000, ConnectionStateOfPacket.Related);
        Stream(rig, 4001, 6001, ConnectionStateOfPacket.Related);
        Stream(rig, 5000, 7000, ConnectionStateOfPacket.Related);
        ConnectionSnapshot[] listed = [.. rig.Session.Connections(TimeSpan.Zero)];
        Assert.Equal(4, listed.Length);
        Assert.All(listed, c => Assert.Equal(HelperKind.Sip, c.Helper));
        Assert.All(listed.Skip(1), c => Assert.Equal((1ul, 1ul), (c.OriginalCounters.Packets, c.ReplyCounters.Packets)));
        Assert.InRange(listed[0].Timeout, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
    }

    /// <summary>Who hangs up, or is refused, or rings anew, expects nothing any more.</summary>
    [Theory, Runtimes]
    public void What_ends_a_call_ends_what_is_expected(DataplaneRuntime runtime)
    {
        foreach (string end in new[]
        {
            Request("BYE", $"sip:bob@{Proxy}", Phone, "3 BYE"), Request("INVITE", $"sip:bob@{Proxy}", Phone, "2 INVITE"),
        })
        {
            using RouterRig rig = new(runtime, rules: s_net.Masquerade);
            Out(rig, Invite(Phone, Phone));
            Out(rig, end);
            Assert.Equal(ConnectionStateOfPacket.New, MediaIn(rig, 6000, 4000).State);
        }

        using RouterRig busy = new(runtime, rules: s_net.Masquerade);
        Out(busy, Invite(Phone, Phone));
        In(busy, $"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP {Wan}:5060;branch=z9\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(ConnectionStateOfPacket.New, MediaIn(busy, 6000, 4000).State);
    }

    /// <summary>Two telephones with the same ports: the second one's media get others, and it is said so.</summary>
    [Theory, Runtimes]
    public void Two_telephones_with_one_port(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Out(rig, Invite(Phone, Phone));
        string other = s_net.Host(NatNet.Lan, 3);
        byte[] frame = Assert.Single(
            rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, other, Proxy, 3).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes(Invite(other, other))).ToBytes()).Sent).Bytes.ToArray();
        string text = Encoding.ASCII.GetString(frame, 42, frame.Length - 42);
        int outside = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34));
        Assert.NotEqual(5060, outside);
        Assert.Contains($"Via: SIP/2.0/UDP {Wan}:{outside};", text, StringComparison.Ordinal);
        Assert.Contains("m=audio 4002 ", text, StringComparison.Ordinal);
        Assert.Contains("m=video 5002 ", text, StringComparison.Ordinal);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(6000, 4002).Data(20).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        Same(s_net.Out(NatNet.Lan, Proxy, other, 3).Udp(6000, 4000).Data(20), sent);

        // It speaks from the port that it announced, and is heard from the one that was announced for it.
        In(rig, Answer(Wan, Proxy).Replace(":5060;branch", $":{outside};branch", StringComparison.Ordinal), outside, other, 3);
        (fate, sent) = rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, other, Proxy, 3).Udp(4001, 6001).Data(20).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        Same(s_net.Out(NatNet.Wan, Wan, Proxy).Udp(4003, 6001).Data(20), sent);
    }

    /// <summary>Registered, a telephone is called from any port of its registrar, again and again, and reads what comes; until its registration ends.</summary>
    [Theory, Runtimes]
    public void A_registered_telephone_is_called(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Assert.Equal(Register(Wan, 60), Out(rig, Register(Phone, 60)));
        Assert.Equal(ConnectionStateOfPacket.New, Call(rig, 5070).State);
        string agreed = $"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {Wan}:5060;branch=z9\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@{Wan}:5060>;expires=60\r\n\r\n";
        Assert.Equal(agreed.Replace(Wan, Phone, StringComparison.Ordinal), In(rig, agreed));
        foreach (int port in new[] { 5071, 5072 })
        {
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = Calls(rig, port);
            Assert.Equal((ConnectionStateOfPacket.Related, (ushort)NatNet.Lan), (fate.State, fate.OutInterface));
            string heard = Text(Assert.Single(sent));
            Assert.StartsWith($"INVITE sip:alice@{Phone}:5060 SIP/2.0\r\n", heard, StringComparison.Ordinal);
        }

        Out(rig, Register(Phone, 0).Replace("1 REGISTER", "2 REGISTER", StringComparison.Ordinal));
        In(rig, $"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {Wan}:5060;branch=z9\r\nCSeq: 2 REGISTER\r\n\r\n");
        Assert.Equal(ConnectionStateOfPacket.New, Call(rig, 5073).State);
    }

    /// <summary>sip-direct-media: whether media may be at a third address, and come from one.</summary>
    [Theory, Runtimes]
    public void Direct_media(DataplaneRuntime runtime)
    {
        foreach (bool direct in new[] { true, false })
        {
            TrackingParameters parameters = TrackingDefaults.Parameters();
            parameters.Helpers.IsSipMediaDirect = direct ? (byte)1 : (byte)0;
            using RouterRig rig = new(runtime, rules: s_net.Masquerade, tracking: parameters);
            string gateway = s_net.Host(NatNet.Lan, 3);
            string said = Out(rig, Invite(Phone, gateway));
            Assert.Equal(direct, said.Contains($"c=IN IP4 {gateway}\r\n", StringComparison.Ordinal));
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, "192.0.2.77", Wan).Udp(9000, 4000).Data(20).ToBytes());
            Assert.Equal(direct ? ConnectionStateOfPacket.New : ConnectionStateOfPacket.Related, fate.State);
            if (!direct)
            {
                Same(s_net.Out(NatNet.Lan, "192.0.2.77", gateway, 3).Udp(9000, 4000).Data(20), sent);
            }
        }
    }

    /// <summary>Over TCP the sequence numbers follow, with two messages in a segment; what is split is left alone.</summary>
    [Theory, Runtimes]
    public void Over_tcp(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            (string phone, string wan, string v6) = (net.Host(NatNet.Lan), net.Router(NatNet.Wan), net.IsIpv6 ? "6" : "4");
            Talk talk = new(rig, net, NatNet.Lan, phone, net.Server, NatNet.Wan, net.Server, wan, (5060, 5060));

            // What OPTIONS describes is no stream: its head alone is this connection's.
            string invite = Tcp(net, phone, phone), options = invite.Replace("INVITE", "OPTIONS", StringComparison.Ordinal);
            talk.Say(0, "\r\n\r\n", invite + options);
            Assert.Equal("\r\n\r\n" + Tcp(net, wan, wan) + Tcp(net, wan, phone).Replace("INVITE", "OPTIONS", StringComparison.Ordinal), talk.HeardBy(1));
            talk.Say(1, "SIP/2.0 100 Trying\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
            talk.Say(0, invite[..50], invite[50..]);
            Assert.EndsWith(invite, talk.HeardBy(1), StringComparison.Ordinal);
            Assert.Equal(
                ConnectionStateOfPacket.Related,
                rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(6000, 4000).Data(20).ToBytes()).Single().State);
            HelperCounters counters = rig.Session.Counters().Helpers.Single(helper => helper.Name == "sip").Counters;
            Assert.Equal((3ul, 2ul, 1ul, 1ul), (counters.Parsed, counters.Expected, counters.Rewritten, counters.LeftAlone));
        }

        static string Tcp(NatNet net, string address, string media)
        {
            string host = net.IsIpv6 ? $"[{address}]" : address, kind = net.IsIpv6 ? "IP6" : "IP4";
            string body = $"v=0\r\no=- 1 1 IN {kind} {media}\r\ns=-\r\nc=IN {kind} {media}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
            return $"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP {host}:5060;branch=z9\r\nContact: <sip:alice@{host}:5060;transport=tcp>\r\n" +
                $"CSeq: 1 INVITE\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        }
    }

    /// <summary>A telephone that asks from one port and hears at another, as its Via says.</summary>
    [Theory, Runtimes]
    public void Answers_go_where_the_via_says(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        rig.Run(NatNet.Lan, s_net.In(NatNet.Lan, Phone, Proxy).Udp(50000, 5060).Data(Encoding.ASCII.GetBytes(Invite(Phone, Phone))).ToBytes());
        (_, IReadOnlyList<SentFrame> sent) = rig.Send(
            NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(5060, 50000).Data(Encoding.ASCII.GetBytes("SIP/2.0 100 Trying\r\nCSeq: 1 INVITE\r\n\r\n")).ToBytes());
        Same(s_net.Out(NatNet.Lan, Proxy, Phone).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes("SIP/2.0 100 Trying\r\nCSeq: 1 INVITE\r\n\r\n")), sent);
    }

    /// <summary>What is no SIP, or ill, passes as it is and is counted.</summary>
    [Theory, Runtimes]
    public void The_malformed_passes(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        foreach (string text in new[] { "\0\0\0\0", "BYE sip:a SIP/2.0\r\n\r\n", Invite(Phone, Phone).Replace("CSeq: 1", "CSeq: one", StringComparison.Ordinal) })
        {
            Assert.Equal(text, Out(rig, text));
        }

        HelperCounters counters = rig.Session.Counters().Helpers.Single(helper => helper.Name == "sip").Counters;
        Assert.Equal((0ul, 2ul, 0ul, 0ul), (counters.Parsed, counters.Malformed, counters.Expected, counters.Rewritten));
    }

    /// <summary>What would not fit where it leaves stays as it is, and nothing is expected of it.</summary>
    [Theory, Runtimes]
    public void No_room(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.SrcNat("203.0.113.201"));
        string invite = Invite(Phone, Phone), padded = invite.Replace("Call-ID: 1", "Call-ID: " + new string('1', 1472 - invite.Length + 1), StringComparison.Ordinal);
        Assert.Equal(1472, padded.Length);
        SentFrame only = Assert.Single(rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, Phone, Proxy).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes(padded)).ToBytes()).Sent);
        Assert.Equal(padded, Text(only));
        Assert.Equal(
            ConnectionStateOfPacket.New,
            rig.Run(NatNet.Wan, s_net.In(NatNet.Wan, Proxy, "203.0.113.201").Udp(6000, 4000).Data(20).ToBytes()).Single().State);
        Assert.Equal(1ul, rig.Session.Counters().Helpers.Single(helper => helper.Name == "sip").Counters.LeftAlone);
    }

    static string Request(string method, string uri, string address, string sequence) =>
        $"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {address}:5060;branch=z9\r\nFrom: <sip:alice@{address}:5060>;tag=1\r\nCSeq: {sequence}\r\n\r\n";

    static string Register(string address, int expires) =>
        $"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP {address}:5060;branch=z9\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@{address}:5060>\r\nExpires: {expires}\r\n\r\n";

    static string Invite(string address, string media)
    {
        string body = $"v=0\r\no=alice 1 1 IN IP4 {media}\r\ns=-\r\nc=IN IP4 {media}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 31\r\nc=IN IP4 {media}\r\n";
        return $"INVITE sip:bob@{Proxy} SIP/2.0\r\nVia: SIP/2.0/UDP {address}:5060;branch=z9\r\nFrom: \"Alice\" <sip:alice@{address}:5060>;tag=1\r\nTo: <sip:bob@{Proxy}>\r\n" +
            $"Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@{address}:5060>\r\nContent-Type: application/sdp\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }

    static string Answer(string address, string proxy)
    {
        string body = $"v=0\r\no=bob 1 1 IN IP4 {proxy}\r\ns=-\r\nc=IN IP4 {proxy}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\nm=video 7000 RTP/AVP 31\r\n";
        return $"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {address}:5060;branch=z9;received={address}\r\nFrom: \"Alice\" <sip:alice@{address}:5060>;tag=1\r\nTo: <sip:bob@{proxy}>;tag=2\r\n" +
            $"CSeq: 1 INVITE\r\nContact: <sip:bob@{proxy}:5060>\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }

    /// <summary>The telephone says something; what its server hears.</summary>
    static string Out(RouterRig rig, string text)
    {
        SentFrame only = Assert.Single(rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, Phone, Proxy).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes(text)).ToBytes()).Sent);
        string heard = Text(only);
        Same(s_net.Out(NatNet.Wan, Wan, Proxy).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes(heard)), [only]);
        return heard;
    }

    static string In(RouterRig rig, string text, int port = 5060, string? phone = null, int host = 2)
    {
        SentFrame only = Assert.Single(rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(5060, port).Data(Encoding.ASCII.GetBytes(text)).ToBytes()).Sent);
        string heard = Text(only);
        Same(s_net.Out(NatNet.Lan, Proxy, phone ?? Phone, host).Udp(5060, 5060).Data(Encoding.ASCII.GetBytes(heard)), [only]);
        return heard;
    }

    static void Stream(RouterRig rig, int phone, int proxy, ConnectionStateOfPacket first)
    {
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, Phone, Proxy).Udp(phone, proxy).Data(30).ToBytes());
        Assert.Equal(first, fate.State);
        Same(s_net.Out(NatNet.Wan, Wan, Proxy).Udp(phone, proxy).Data(30), sent);
        (fate, sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(proxy, phone).Data(31).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Established, fate.State);
        Same(s_net.Out(NatNet.Lan, Proxy, Phone).Udp(proxy, phone).Data(31), sent);
    }

    static TraceItem MediaIn(RouterRig rig, int from, int to) =>
        rig.Run(NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(from, to).Data(20).ToBytes()).Single();

    static TraceItem Call(RouterRig rig, int port) => Calls(rig, port).Fate;

    static (TraceItem Fate, IReadOnlyList<SentFrame> Sent) Calls(RouterRig rig, int port) => rig.Send(
        NatNet.Wan, s_net.In(NatNet.Wan, Proxy, Wan).Udp(port, 5060).Data(Encoding.ASCII.GetBytes(Request("INVITE", $"sip:alice@{Wan}:5060", Proxy, "9 INVITE"))).ToBytes());

    static string Text(SentFrame frame) => Encoding.ASCII.GetString(frame.Bytes.Span[42..]);

    static void Same(Frame expected, IReadOnlyList<SentFrame> sent) =>
        Assert.Equal(Convert.ToHexString(expected.ToBytes()), Convert.ToHexString(Assert.Single(sent).Bytes.Span));
}
