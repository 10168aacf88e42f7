using System.Text;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>PPTP's calls and IRC's requests through a router that translates.</summary>
[Collection(Dpdk.Collection)]
public sealed class CallTests(Dpdk dpdk)
{
    const int Client = 0, Server = 1;

    static readonly NatNet s_net = new(false);

    static string Wan => s_net.Router(NatNet.Wan);

    /// <summary>Two clients of one server with one call id each: outside they have the ports of their control connections, and each hears its own.</summary>
    [Theory, Runtimes]
    public void Two_clients_call_one_server(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        foreach (int host in new[] { 2, 3 })
        {
            string client = s_net.Host(NatNet.Lan, host);
            int port = 5000 + host, call = 0x4100 + host;
            Talk talk = new(rig, s_net, NatNet.Lan, client, s_net.Server, NatNet.Wan, s_net.Server, Wan, (port, 1723));
            talk.Say(Client, Message(7, 168, 0x0077));
            Assert.Equal(Message(7, 168, port), talk.HeardBy(Server));
            talk.Say(Server, Message(8, 32, call, port, 1));
            Assert.Equal(Message(8, 32, call, 0x0077, 1), talk.HeardBy(Client));
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, client, s_net.Server, host).Pptp(call).Data(40).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
            Same(s_net.Out(NatNet.Wan, Wan, s_net.Server).Pptp(call).Data(40), sent);
            (fate, sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Pptp(port).Data(41).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Established, fate.State);
            Same(s_net.Out(NatNet.Lan, s_net.Server, client, host).Pptp(0x0077).Data(41), sent);
            talk.Say(Client, Message(12, 16, 0x0077));
            Assert.EndsWith(Message(12, 16, port), talk.HeardBy(Server), StringComparison.Ordinal);
        }

        ConnectionSnapshot[] listed = [.. rig.Session.Connections(TimeSpan.Zero)];
        Assert.Equal(4, listed.Length);
        Assert.All(listed, c => Assert.Equal(HelperKind.Pptp, c.Helper));
        Assert.Equal([1ul, 1ul], listed.Where(c => c.Protocol == IpProtocol.Gre).Select(c => c.ReplyCounters.Packets));
    }

    /// <summary>The server speaks first: the call is the same connection, begun from the other side. Nothing is translated here.</summary>
    [Theory, Runtimes]
    public void A_call_that_the_server_begins(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: []);
        string client = s_net.Host(NatNet.Lan);
        Talk talk = new(rig, s_net, NatNet.Lan, client, s_net.Server, NatNet.Wan, s_net.Server, client, (5000, 1723));
        talk.Say(Client, Message(7, 168, 0x0077));
        talk.Say(Server, Message(8, 32, 0x4100, 0x0077, 1));
        (TraceItem fate, _) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, client).Pptp(0x0077).Data(41).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        (fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, client, s_net.Server).Pptp(0x4100).Data(40).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Established, fate.State);
        Same(s_net.Out(NatNet.Wan, client, s_net.Server).Pptp(0x4100).Data(40), sent);
        Assert.Equal(2, rig.Session.Connections(TimeSpan.Zero).Count);
    }

    [Theory, Runtimes]
    public void Irc_clients_send_files(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        string client = s_net.Host(NatNet.Lan);
        Talk talk = new(rig, s_net, NatNet.Lan, client, s_net.Server, NatNet.Wan, s_net.Server, Wan, (5000, 6667));
        talk.Say(Client, "PRIVMSG you :\u0001DCC SEND a.txt 167772162 5001 100\u0001\r\nPING x\r\n", "PRIVMSG you :\u0001DCC CHAT chat 167772163 5002\u0001\r\n");
        Assert.Equal(
            "PRIVMSG you :\u0001DCC SEND a.txt 167903233 5001 100\u0001\r\nPING x\r\nPRIVMSG you :\u0001DCC CHAT chat 167772163 5002\u0001\r\n",
            talk.HeardBy(Server));
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, "192.0.2.77", Wan).Tcp(9000, 5001, flags: 2).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        Same(s_net.Out(NatNet.Lan, "192.0.2.77", client).Tcp(9000, 5001, flags: 2), sent);
    }

    static void Same(Frame expected, IReadOnlyList<SentFrame> sent) =>
        Assert.Equal(Convert.ToHexString(expected.ToBytes()), Convert.ToHexString(Assert.Single(sent).Bytes.Span));

    /// <summary>A control message as text, all of whose bytes are ASCII.</summary>
    static string Message(int kind, int length, int call, int peer = 0, int result = 0)
    {
        byte[] bytes = new byte[length];
        byte[] head = [0, (byte)length, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, (byte)kind, 0, 0, (byte)(call >> 8), (byte)call, (byte)(peer >> 8), (byte)peer, (byte)result];
        head.AsSpan(0, Math.Min(head.Length, length)).CopyTo(bytes);
        return Encoding.Latin1.GetString(bytes);
    }
}
