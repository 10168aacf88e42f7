using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Packets;
using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>ICMP errors about translated packets: whoever gets one finds in it the packet as it was sent.</summary>
[Collection(Dpdk.Collection)]
public sealed class ErrorTests(Dpdk dpdk)
{
    [Theory, Runtimes]
    public void An_error_from_outside_about_a_masqueraded_packet_reaches_the_client(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan), between = net.Outside(99);
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20).ToBytes());
            NatNet.Passes(
                rig,
                NatNet.Wan, net.Unreachable(net.In(NatNet.Wan, between, wan), net.Quote(wan, net.Server).Udp(5000, 53).Data(20).ToPacket()),
                NatNet.Lan, net.Unreachable(net.Out(NatNet.Lan, between, client), net.Quote(client, net.Server).Udp(5000, 53).Data(20).ToPacket()));
        }
    }

    [Theory, Runtimes]
    public void An_error_of_the_client_about_an_answer_leaves_in_the_routers_name(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).Data(20).ToBytes());
            rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(53, 5000).Data(20).ToBytes());
            NatNet.Passes(
                rig,
                NatNet.Lan, net.Unreachable(net.In(NatNet.Lan, client, net.Server), net.Quote(net.Server, client).Udp(53, 5000).Data(20).ToPacket()),
                NatNet.Wan, net.Unreachable(net.Out(NatNet.Wan, wan, net.Server), net.Quote(net.Server, wan).Udp(53, 5000).Data(20).ToPacket()));

            // Another host of the inside speaks for the same way in.
            NatNet.Passes(
                rig,
                NatNet.Lan, net.Unreachable(net.In(NatNet.Lan, net.Host(NatNet.Lan, 3), net.Server, host: 3), net.Quote(net.Server, client).Udp(53, 5000).Data(20).ToPacket()),
                NatNet.Wan, net.Unreachable(net.Out(NatNet.Wan, wan, net.Server), net.Quote(net.Server, wan).Udp(53, 5000).Data(20).ToPacket()));
        }
    }

    [Theory, Runtimes]
    public void Errors_about_dst_natted_packets_name_what_was_asked_for(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.DstNat(net.Host(NatNet.Dmz), (8080, 8080), inInterface: NatNet.Wan));
            string inside = net.Host(NatNet.Dmz), wan = net.Router(NatNet.Wan);
            rig.Run(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan).Udp(6000, 80).Data(20).ToBytes());
            NatNet.Passes(
                rig,
                NatNet.Dmz, net.Unreachable(net.In(NatNet.Dmz, inside, net.Server), net.Quote(net.Server, inside).Udp(6000, 8080).Data(20).ToPacket()),
                NatNet.Wan, net.Unreachable(net.Out(NatNet.Wan, wan, net.Server), net.Quote(net.Server, wan).Udp(6000, 80).Data(20).ToPacket()));
        }
    }

    /// <summary>What the router itself has to say about a packet comes when half of it is translated.</summary>
    [Theory, Runtimes]
    public void The_routers_own_errors_quote_what_their_receiver_sent(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: [net.Masquerade, net.DstNat(net.Host(NatNet.Dmz), (8080, 8080), inInterface: NatNet.Wan)]);
            string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);

            // An answer on its last hop: its destination is the client's already.
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).ToBytes());
            AssertQuotes(
                net, rig.Send(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan, hops: 1).Udp(53, 5000).Data(20).ToBytes()), NatNet.Wan, wan, net.Server,
                net.Quote(net.Server, wan, hops: 1).Udp(53, 5000).Data(20).ToPacket());

            // The client's own on its last hop: nothing is translated yet.
            rig.Wait(TimeSpan.FromSeconds(1));
            AssertQuotes(
                net, rig.Send(NatNet.Lan, net.In(NatNet.Lan, client, net.Server, hops: 1).Udp(5000, 53).Data(20).ToBytes()), NatNet.Lan, net.Router(NatNet.Lan),
                client, net.Quote(client, net.Server, hops: 1).Udp(5000, 53).Data(20).ToPacket());

            // A first packet from outside, dst-natted before it ended, and none of a connection in the table.
            rig.Wait(TimeSpan.FromSeconds(1));
            AssertQuotes(
                net, rig.Send(NatNet.Wan, net.In(NatNet.Wan, net.Server, wan, hops: 1).Udp(6000, 80).Data(20).ToBytes()), NatNet.Wan, wan, net.Server,
                net.Quote(net.Server, wan, hops: 1).Udp(6000, 80).Data(20).ToPacket());
        }
    }

    /// <summary>Nobody answered where the packet was sent to, fully translated, seconds ago.</summary>
    [Theory, Runtimes]
    public void An_unresolved_neighbour_is_told_to_the_client(DataplaneRuntime runtime)
    {
        foreach (NatNet net in NatNet.Both)
        {
            using RouterRig rig = new(runtime, rules: net.Masquerade);
            string client = net.Host(NatNet.Lan), silent = net.Host(NatNet.Wan, 77);
            rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, silent).Udp(5000, 53).Data(20).ToBytes());
            rig.Session.Wait(TimeSpan.FromSeconds(4));
            SentFrame told = rig.Session.Sent.Single(frame => frame.Interface == NatNet.Lan);
            byte[] quote = net.Quote(client, silent).Udp(5000, 53).Data(20).ToPacket();
            Assert.Equal(Convert.ToHexString(quote), Convert.ToHexString(told.Bytes.Span[^quote.Length..]));
        }
    }

    [Theory, Runtimes]
    public void A_redirect_does_not_pass_a_translation(DataplaneRuntime runtime)
    {
        NatNet net = new(false);
        using RouterRig rig = new(runtime, rules: net.Masquerade);
        string client = net.Host(NatNet.Lan), wan = net.Router(NatNet.Wan);
        rig.Run(NatNet.Lan, net.In(NatNet.Lan, client, net.Server).Udp(5000, 53).ToBytes());
        TraceItem fate = rig.Run(
            NatNet.Wan, net.In(NatNet.Wan, net.Host(NatNet.Wan), wan).Icmp(5, 1).Data(net.Quote(wan, net.Server).Udp(5000, 53).ToPacket()).ToBytes())[0];
        Assert.Equal((ConnectionStateOfPacket.Related, DropReason.NatRedirect), (fate.State, fate.Reason));
    }

    static void AssertQuotes(
        NatNet net, (TraceItem Fate, IReadOnlyList<SentFrame> Sent) result, int port, string source, string destination, byte[] quote)
    {
        Assert.Equal(DropReason.TtlExpired, result.Fate.Reason);
        SentFrame told = Assert.Single(result.Sent);
        Assert.Equal(port, told.Interface);
        byte[] bytes = told.Bytes.ToArray();
        int header = net.IsIpv6 ? 40 : 20;
        Assert.Equal(Convert.ToHexString(quote), Convert.ToHexString(bytes[(14 + header + 8)..]));
        byte[] addresses = bytes[(net.IsIpv6 ? 14 + 8 : 14 + 12)..(14 + header)];
        Assert.Equal(
            [.. System.Net.IPAddress.Parse(source).GetAddressBytes(), .. System.Net.IPAddress.Parse(destination).GetAddressBytes()], addresses);
        byte[] message = bytes[(14 + header)..];
        byte[] pseudo = net.IsIpv6 ? [.. addresses, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, 0, 0, 0, IpProtocol.Icmpv6] : [];
        Assert.Equal(0, PlainChecksum.Internet(pseudo, message));
    }
}
