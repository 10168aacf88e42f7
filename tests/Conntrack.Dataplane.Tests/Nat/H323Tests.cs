using System.Buffers.Binary;
using System.Text;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>H.323 through a router that translates; messages are those of H323MessageTests.</summary>
[Collection(Dpdk.Collection)]
public sealed class H323Tests(Dpdk dpdk)
{
    const int Client = 0, Server = 1;

    const string Setup =
        "080200010504038893a57e008a0500a8060008914a0004020500456789abc344020061006200632280b500534c04637472616b00c633640906b8000000000000000000000000" +
        "000000000000451007000a00000213881100000102030405060708090a0b0c0d0e0f2e02120000000c6013800a040001000a0000021389190000010c60138011140001000a" +
        "0000021388000a0000021389";

    const string Connect =
        "080200010704038893a57e00410502c0060008914a000400c63364092af82280b500534c04637472616b0000000000000000000000000000000000011100000102030405060708090a0b0c0d0e0f";

    const string Open = "030000000c6013800a040001000a0000021389", Data = "03800002101830010040026d8003000001010908000a00000205df00",
        Ack = "22c000000280101c0000c6336409177000c63364091771";

    /// <summary>Addresses of the LAN and of the WAN side, as they stand in messages.</summary>
    const string Inside = "0a000002", Outside = "0a020001";

    static readonly NatNet s_net = new(false);

    static string Phone => s_net.Host(NatNet.Lan);

    static string Wan => s_net.Router(NatNet.Wan);

    [Theory, Runtimes]
    public void A_call_with_a_control_connection(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = new(rig, s_net, NatNet.Lan, Phone, s_net.Server, NatNet.Wan, s_net.Server, Wan, (5000, 1720));
        talk.Say(Client, Message(Setup));
        Assert.Equal(Message(Setup.Replace(Inside, Outside, StringComparison.Ordinal)), talk.HeardBy(Server));
        talk.Say(Server, Message(Connect)[..4], Message(Connect)[4..]);
        Assert.Equal(Message(Connect), talk.HeardBy(Client));

        // Fast start has opened the media already.
        Assert.Equal(ConnectionStateOfPacket.Related, Udp(rig, 6000, 5000));
        Assert.Equal(ConnectionStateOfPacket.Related, Udp(rig, 6001, 5001));

        Talk control = new(rig, s_net, NatNet.Lan, Phone, s_net.Server, NatNet.Wan, s_net.Server, Wan, (5100, 11000));
        string open = Open.Replace("1389", "1771", StringComparison.Ordinal);
        control.Say(Client, Message(open) + Message(Data));
        Assert.Equal(
            Message(open.Replace(Inside, Outside, StringComparison.Ordinal)) + Message(Data.Replace(Inside, Outside, StringComparison.Ordinal)),
            control.HeardBy(Server));
        control.Say(Server, Message(Ack));
        Assert.Equal(ConnectionStateOfPacket.Related, Udp(rig, 6010, 6000));
        Assert.Equal(
            ConnectionStateOfPacket.Related,
            rig.Run(NatNet.Lan, s_net.In(NatNet.Lan, Phone, s_net.Server).Udp(7001, 6001).Data(20).ToBytes()).Single().State);
        foreach (int port in new[] { 2000, 2001 })
        {
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Tcp(port, 1503, flags: 2).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
            Assert.Equal(
                Convert.ToHexString(s_net.Out(NatNet.Lan, s_net.Server, Phone).Tcp(port, 1503, flags: 2).ToBytes()), Convert.ToHexString(Assert.Single(sent).Bytes.Span));
        }

        ConnectionSnapshot[] listed = [.. rig.Session.Connections(TimeSpan.Zero)];
        Assert.All(listed, c => Assert.Equal(HelperKind.H323, c.Helper));
        Assert.Equal(2, listed.Count(c => c.Flags.HasFlag(ConnectionFlags.UsesHelper)));
        Assert.Equal(listed.Length - 1, listed.Count(c => c.Flags.HasFlag(ConnectionFlags.Expected)));
    }

    /// <summary>What is cut or no H.323 passes as it is, and is counted.</summary>
    [Theory, Runtimes]
    public void The_malformed_passes(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = new(rig, s_net, NatNet.Lan, Phone, s_net.Server, NatNet.Wan, s_net.Server, Wan, (5000, 1720));
        string cut = Message(Setup[..^8]);
        talk.Say(Client, "hello", cut, Message(Setup)[..60], "\u0003\0\0\u0003");
        Assert.Equal("hello" + cut + Message(Setup)[..60] + "\u0003\0\0\u0003", talk.HeardBy(Server));
        HelperCounters counters = rig.Session.Counters().Helpers.Single(helper => helper.Name == "h323").Counters;
        Assert.Equal((0ul, 2ul, 0ul, 1ul), (counters.Parsed, counters.Malformed, counters.Rewritten, counters.LeftAlone));
    }

    static ConnectionStateOfPacket Udp(RouterRig rig, int from, int to) =>
        rig.Run(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Udp(from, to).Data(20).ToBytes()).Single().State;

    /// <summary>A message with its TPKT header, a byte a character.</summary>
    static string Message(string hex)
    {
        byte[] body = Convert.FromHexString(hex);
        byte[] header = [3, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(body.Length + 4));
        return Encoding.Latin1.GetString([.. header, .. body]);
    }
}
