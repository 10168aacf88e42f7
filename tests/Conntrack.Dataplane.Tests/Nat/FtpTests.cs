using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Testing;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>FTP through a router that translates: data connections find their way, and the control connection does not notice what was changed in it.</summary>
[Collection(Dpdk.Collection)]
public sealed class FtpTests(Dpdk dpdk)
{
    const int Client = 0, Server = 1;

    static readonly NatNet s_net = new(false);

    static string Lan => s_net.Host(NatNet.Lan);

    static string Wan => s_net.Router(NatNet.Wan);

    [Theory, Runtimes]
    public void Active_through_masquerade(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = Outwards(rig);
        talk.Say(Client, "USER anonymous\r\n");
        talk.Say(Server, "331 Who are you?\r\n");
        talk.Say(Client, "PORT 10,0,0,2,19,137\r\n");
        Assert.Equal("USER anonymous\r\nPORT 10,2,0,1,19,137\r\n", talk.HeardBy(Server));
        talk.Say(Server, "200 Well.\r\n");
        talk.Say(Client, "LIST\r\n");
        talk.Say(Server, "150 Here it comes.\r\n");
        Assert.Equal("331 Who are you?\r\n200 Well.\r\n150 Here it comes.\r\n", talk.HeardBy(Client));

        (TraceItem fate, _) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Tcp(20, 5001, flags: 2).ToBytes());
        Assert.Equal((ConnectionStateOfPacket.Related, Verdict.Forward, (ushort)NatNet.Lan), (fate.State, fate.Verdict, fate.OutInterface));
        NatNet.Passes(
            rig,
            NatNet.Lan, s_net.In(NatNet.Lan, Lan, s_net.Server).Tcp(5001, 20, flags: 0x12, acknowledgment: 2),
            NatNet.Wan, s_net.Out(NatNet.Wan, Wan, s_net.Server).Tcp(5001, 20, flags: 0x12, acknowledgment: 2));
        ConnectionSnapshot[] listed = [.. rig.Session.Connections(TimeSpan.Zero)];
        Assert.Equal([HelperKind.Ftp, HelperKind.Ftp], listed.Select(c => c.Helper));
        Assert.Equal([ConnectionFlags.UsesHelper, ConnectionFlags.Expected], listed.Select(c => c.Flags & (ConnectionFlags.UsesHelper | ConnectionFlags.Expected)));
        Assert.Equal(ConnectionFlags.DstNat, listed[1].Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat));

        // It was for one connection.
        Assert.Equal(
            (ConnectionStateOfPacket.New, Verdict.Local),
            rig.Run(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Tcp(2020, 5001, flags: 2).ToBytes()).Select(f => (f.State, f.Verdict)).Single());
    }

    /// <summary>A line in three segments, others before it and behind it: numbers stay right on both sides, also of what comes again.</summary>
    [Theory, Runtimes]
    public void Split_commands_and_several_in_a_segment(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.SrcNat("203.0.113.201"));
        Talk talk = Outwards(rig, "203.0.113.201");
        talk.Say(Client, "NOOP\r\nPO", "RT 10,0,0,2,1", "9,137\r\nNOOP\r\n");
        Assert.Equal("NOOP\r\nPORT 203,0,113,201,19,137\r\nNOOP\r\n", talk.HeardBy(Server));
        talk.Say(Server, "200 a\r\n200 b\r\n200 c\r\n");
        talk.Raw(Client, "EPRT |1|10.0.0.2|6001|\r\nNOOP\r\nPORT 10,0,0,2,23,114\r\nPORT 10,0,0");
        talk.Raw(Client, ",2,23,1", isLost: true);
        talk.Repeat(Client, ",2,23,1");
        talk.Say(Client, "15\r\n");
        talk.Repeat(Client, "15\r\n");
        Assert.Equal(
            "NOOP\r\nPORT 203,0,113,201,19,137\r\nNOOP\r\nEPRT |1|203.0.113.201|6001|\r\nNOOP\r\nPORT 203,0,113,201,23,114\r\nPORT 203,0,113,201,23,115\r\n",
            talk.HeardBy(Server));
        talk.Say(Server, "500 What?\r\n");
        talk.Say(Client, "QUIT\r\n");
        foreach (int port in new[] { 5001, 6001, 6002, 6003 })
        {
            Assert.Equal(ConnectionStateOfPacket.Related, Opens(rig, "203.0.113.201", port).State);
        }
    }

    [Theory, Runtimes]
    public void Shorter_text_and_selective_acknowledgments(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.SrcNat("1.2.3.4"));
        Talk talk = Outwards(rig, "1.2.3.4");
        talk.Say(Client, "PORT 10,0,0,2,19,137\r\n");
        Assert.Equal("PORT 1,2,3,4,19,137\r\n", talk.HeardBy(Server));
        (uint expected, _) = talk.NumbersOf(Server);
        (_, uint next) = talk.NumbersOf(Client);
        byte[] sack = [1, 1, 5, 10, .. Big(expected + 5), .. Big(expected + 9)];
        talk.Raw(Client, "12345", isLost: true);
        talk.Raw(Client, "6789", isLost: true);
        talk.Raw(Server, "", options: sack);
        Assert.Equal([1, 1, 5, 10, .. Big(next + 5), .. Big(next + 9)], talk.OptionsHeardBy(Client));

        static byte[] Big(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];
    }

    [Theory, Runtimes]
    public void Passive_through_masquerade_needs_nothing_but_is_related(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = Outwards(rig);
        talk.Say(Client, "PASV\r\n");
        talk.Say(Server, "227 Entering Passive Mode (198,51,100,9,200,1)\r\n");
        Assert.Equal("227 Entering Passive Mode (198,51,100,9,200,1)\r\n", talk.HeardBy(Client));
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Lan, s_net.In(NatNet.Lan, Lan, s_net.Server).Tcp(6000, 51201, flags: 2).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        Assert.Equal(
            Convert.ToHexString(s_net.Out(NatNet.Wan, Wan, s_net.Server).Tcp(6000, 51201, flags: 2).ToBytes()),
            Convert.ToHexString(Assert.Single(sent).Bytes.Span));
    }

    /// <summary>A server behind dst-nat says where it really is; its clients hear where they can reach it. In both families.</summary>
    [Theory, Runtimes]
    public void Passive_through_dst_nat(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.DstNat(net.Host(NatNet.Dmz), inInterface: NatNet.Wan));
            string wan = net.Router(NatNet.Wan), inside = net.Host(NatNet.Dmz);
            Talk talk = new(rig, net, NatNet.Wan, net.Server, wan, NatNet.Dmz, inside, net.Server, (5000, 21));
            talk.Say(Client, "EPSV\r\n");
            talk.Say(Server, "229 Entering Extended Passive Mode (|||40000|)\r\n");
            Assert.Equal("229 Entering Extended Passive Mode (|||40000|)\r\n", talk.HeardBy(Client));
            NatNet.Passes(
                rig,
                NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Tcp(6000, 40000, flags: 2),
                NatNet.Dmz, net.Out(NatNet.Dmz, net.Server, inside).Tcp(6000, 40000, flags: 2));
            NatNet.Passes(
                rig,
                NatNet.Dmz, net.In(NatNet.Dmz, inside, net.Server).Tcp(40000, 6000, flags: 0x12, acknowledgment: 2),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Tcp(40000, 6000, flags: 0x12, acknowledgment: 2));
            if (!net.IsIpv6)
            {
                talk.Say(Client, "PASV\r\n");
                talk.Say(Server, "227 Entering Passive Mode (10,1,0,2,1", "56,65).\r\n");
                Assert.EndsWith("227 Entering Passive Mode (10,2,0,1,156,65).\r\n", talk.HeardBy(Client), StringComparison.Ordinal);
                Assert.Equal(
                    (ConnectionStateOfPacket.Related, (ushort)NatNet.Dmz),
                    rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Tcp(6001, 40001, flags: 2).ToBytes()).Select(f => (f.State, f.OutInterface)).Single());
            }
        }
    }

    [Theory, Runtimes]
    public void Extended_port_of_ipv6_is_written_anew(DataplaneRuntime runtime)
    {
        NatNet net = new(true);
        using RouterRig rig = new(runtime, rules: net.Masquerade);
        string wan = net.Router(NatNet.Wan);
        Talk talk = new(rig, net, NatNet.Lan, net.Host(NatNet.Lan), net.Server, NatNet.Wan, net.Server, wan, (5000, 21));
        talk.Say(Client, "EPRT |2|2001:db8::2|5282|\r\n");
        Assert.Equal("EPRT |2|2001:db8:2::1|5282|\r\n", talk.HeardBy(Server));
        Assert.Equal(
            (ConnectionStateOfPacket.Related, (ushort)NatNet.Lan),
            rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Tcp(20, 5282, flags: 2).ToBytes()).Select(f => (f.State, f.OutInterface)).Single());
    }

    /// <summary>Two clients name one port: the second is given another, and says so.</summary>
    [Theory, Runtimes]
    public void Two_clients_and_one_port(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk first = Outwards(rig);
        Talk second = new(rig, s_net, NatNet.Lan, s_net.Host(NatNet.Lan, 3), s_net.Server, NatNet.Wan, s_net.Server, Wan, (5002, 21));
        first.Say(Client, "PORT 10,0,0,2,19,137\r\n");
        second.Say(Client, "PORT 10,0,0,3,19,137\r\n");
        string[] numbers = second.HeardBy(Server).Trim()[5..].Split(',');
        Assert.Equal(["10", "2", "0", "1"], numbers[..4]);
        int port = (int.Parse(numbers[4]) * 256) + int.Parse(numbers[5]);
        Assert.NotEqual(5001, port);
        (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, Wan).Tcp(20, port, flags: 2).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
        Assert.Equal(
            Convert.ToHexString(s_net.Out(NatNet.Lan, s_net.Server, s_net.Host(NatNet.Lan, 3), host: 3).Tcp(20, 5001, flags: 2).ToBytes()),
            Convert.ToHexString(Assert.Single(sent).Bytes.Span));
    }

    /// <summary>What names a third party's address, or begins in the middle of a line, opens nothing and passes unchanged.</summary>
    [Theory, Runtimes]
    public void What_is_not_believed(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = Outwards(rig);
        const string Said = "PORT 10,0,0,3,19,137\r\nPORT 10,0,0,2,19,137,1\r\nPORT 10,0,0,2,256,1\r\nPORT 10,0,0,2,0,0\r\nSTOR x";
        talk.Say(Client, Said, "PORT 10,0,0,2,19,137\r\n");
        Assert.Equal(Said + "PORT 10,0,0,2,19,137\r\n", talk.HeardBy(Server));
        Assert.Equal(ConnectionStateOfPacket.New, Opens(rig, Wan, 5001).State);
    }

    /// <summary>Nobody waits for ever, nor for the data of a connection that is gone.</summary>
    [Theory, Runtimes]
    public void Expectations_end(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: s_net.Masquerade);
        Talk talk = Outwards(rig);
        talk.Say(Client, "PORT 10,0,0,2,19,137\r\n");
        rig.Wait(TimeSpan.FromSeconds(299));
        talk.Say(Client, "PORT 10,0,0,2,19,138\r\n");
        rig.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(ConnectionStateOfPacket.New, Opens(rig, Wan, 5001).State);
        Assert.Equal(ConnectionStateOfPacket.Related, Opens(rig, Wan, 5002).State);
        talk.Say(Client, "PORT 10,0,0,2,19,139\r\n");
        talk.Raw(Client, "", flags: 4);
        rig.Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(ConnectionStateOfPacket.New, Opens(rig, Wan, 5003).State);
    }

    [Theory, Runtimes]
    public void Tftp_answers_come_from_another_port(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
            byte[] request = [0, 1, .. "boot\0octet\0"u8];
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 69).Data(request),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Udp(5000, 69).Data(request));
            (TraceItem fate, IReadOnlyList<SentFrame> sent) = rig.Send(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(4001, 5000).Data(516).ToBytes());
            Assert.Equal(ConnectionStateOfPacket.Related, fate.State);
            Assert.Equal(
                Convert.ToHexString(net.Out(NatNet.Lan, net.Server, client).Udp(4001, 5000).Data(516).ToBytes()),
                Convert.ToHexString(Assert.Single(sent).Bytes.Span));
            NatNet.Passes(
                rig,
                NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 4001).Data(4),
                NatNet.Wan, net.Out(NatNet.Wan, wan, net.Server).Udp(5000, 4001).Data(4));
            Assert.Equal([HelperKind.Tftp, HelperKind.Tftp], rig.Session.Connections(TimeSpan.Zero).Select(c => c.Helper));
        }
    }

    /// <summary>A command and the data connection it announces, in one burst.</summary>
    [Theory, Runtimes]
    public void Bursts_change_nothing(DataplaneRuntime runtime)
    {
        using RouterRig rig = new(runtime, rules: []);
        Talk talk = Outwards(rig, Lan);
        Frame command = s_net.In(NatNet.Lan, Lan, s_net.Server).Tcp(
            5000, 21, sequence: talk.NumbersOf(Client).Next, acknowledgment: talk.NumbersOf(Client).Expected, flags: 0x18);
        TraceItem[] fates = rig.Run(
            NatNet.Lan,
            command.Data([.. "PORT 10,0,0,2,19,137\r\n"u8]).ToBytes(),
            s_net.In(NatNet.Lan, s_net.Server, Lan).Tcp(20, 5001, flags: 2).ToBytes());
        Assert.Equal(ConnectionStateOfPacket.Related, fates[1].State);
    }

    static TraceItem Opens(RouterRig rig, string to, int port) =>
        rig.Run(NatNet.Wan, s_net.In(NatNet.Wan, s_net.Server, to).Tcp(20, port, flags: 2).ToBytes())[0];

    static Talk Outwards(RouterRig rig, string? seen = null) =>
        new(rig, s_net, NatNet.Lan, Lan, s_net.Server, NatNet.Wan, s_net.Server, seen ?? Wan, (5000, 21));
}
