using System.Diagnostics;
using Conntrack.Testing;
using Conntrack.V1;

namespace Conntrack.Daemon.Tests.Running.Offload;

/// <summary>
/// <c>hw-offload=yes</c> with ports that can: packets that no worker has seen leave as the worker would have sent them, are in every counter, keep
/// their connection alive, and take the worker's way again as soon as anything changes.
/// </summary>
[Collection(ObservingRouterTests.Name)]
public sealed class HardwareOffloadTests
{
    /// <summary>More than a connection has to have had before it is offered.</summary>
    const int Enough = 60;

    [Fact]
    public async Task A_translated_connection_is_forwarded_past_the_worker_until_it_ends()
    {
        await using OffloadingRouter router = await OffloadingRouter.StartAsync(
            OffloadingRouter.Script + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n");
        var stream = new TranslatedStream(router);
        await OffloadAsync(router, stream);
        await AssertPassesTheWorkerByAsync(router, stream, 100);
        await AssertCountsAsync(router, stream);
        Assert.True((await router.ConnectionAsync())!.HwOffload);

        // A time to live that no rule is about, and one that ends here, are the worker's.
        ulong before = (await router.StatsAsync()).Rx;
        stream.FromClient(16, 10, hops: 33);
        router.Left.Send(stream.ExpiringSegment());
        byte[] answer = router.Receive(router.Left);
        Assert.Equal((1, 11), (answer[14 + 9], answer[14 + 20]));
        Assert.Equal(before + 2, (await router.StatsAsync()).Rx);

        // Its FIN too, and everything behind it.
        stream.FinishFromClient();
        GetStatsResponse stats = await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 0);
        Assert.Equal(2ul, stats.HwOffload.Ended["connection"]);
        stream.FinishFromServer();
        Connection closed = await router.WaitForAsync(connection => connection.TcpState == "time-wait" && connection.OrigPackets == stream.ClientPackets);
        Assert.Equal((false, false), (closed.HwOffload, closed.Fasttrack));
        await AssertCountsAsync(router, stream);
    }

    [Fact]
    public async Task A_change_of_rules_brings_it_back_to_the_worker()
    {
        await using OffloadingRouter router = await OffloadingRouter.StartAsync(
            OffloadingRouter.Script + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n");
        var stream = new TranslatedStream(router);
        await OffloadAsync(router, stream);
        await router.ApplyAsync("/ip firewall filter add chain=input action=accept protocol=icmp\n");
        GetStatsResponse stats = await router.StatsAsync();
        Assert.Equal((0ul, 2ul), (stats.HwOffload.Flows, stats.HwOffload.Ended["change"]));
        stream.Exchange();
        Assert.Equal(stats.Rx + 2, (await router.StatsAsync()).Rx);
        Assert.False((await router.WaitForAsync(static connection => !connection.HwOffload)).HwOffload);

        // As long as rules allow it, it is offered again; when they do not, it is not.
        await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 2, stream.Exchange);
        await router.ApplyAsync("/ip firewall filter set [ find action=fasttrack-connection ] hw-offload=no\n");
        ulong offloaded = (await router.StatsAsync()).HwOffload.Offloaded;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(3); await Task.Delay(20))
        {
            stream.Exchange();
        }

        stats = await router.StatsAsync();
        Assert.Equal((0ul, offloaded), (stats.HwOffload.Flows, stats.HwOffload.Offloaded));
        await AssertCountsAsync(router, stream);
        await router.ApplyAsync("/ip arp set [ find address=10.98.2.2 ] mac-address=02:00:00:00:98:22 comment=\"still the same\"\n");
        stream.Exchange();
    }

    /// <summary>What a rule was made with it keeps: where a server has moved to another MAC address, hardware does not send to the old one for long.</summary>
    [Fact]
    public async Task A_neighbour_that_moves_is_followed()
    {
        await using OffloadingRouter router = await OffloadingRouter.StartAsync(
            OffloadingRouter.Router + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n");
        var stream = new TranslatedStream(router);
        await OffloadAsync(router, stream);
        await HardwareForwardsAsync();
        router.Move([0x02, 0, 0, 0, 0x98, 0x33]);
        GetStatsResponse stats = await router.WaitForStatsAsync(static stats => stats.HwOffload.Ended.ContainsKey("neighbour"));
        Assert.Equal((1ul, 1ul), (stats.HwOffload.Ended["neighbour"], stats.HwOffload.Flows));
        stream.Exchange();
        await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 2, stream.Exchange);
        await HardwareForwardsAsync();
        Connection connection = await router.WaitForAsync(connection => connection.OrigPackets == stream.ClientPackets);
        Assert.Equal((stream.ClientBytes, true), (connection.OrigBytes, connection.HwOffload));

        // The worker may have ARP to talk about meanwhile.
        async Task HardwareForwardsAsync()
        {
            ulong before = (await router.StatsAsync()).HwOffload.Packets;
            for (int n = 0; n < 20; n++)
            {
                stream.Exchange();
            }

            await router.WaitForStatsAsync(stats => stats.HwOffload.Packets >= before + 40);
        }
    }

    /// <summary>IPv6 and a VLAN on one side: the tag goes, nothing else does; and what hardware counts is what keeps the connection alive.</summary>
    [Fact]
    public async Task What_hardware_has_counted_keeps_a_connection_alive()
    {
        const string Client = "2001:db8:98:1::2", Server = "2001:db8:98:2::2";
        await using OffloadingRouter router = await OffloadingRouter.StartAsync("""
            /interface ethernet set ether1 mac-address=02:00:00:00:98:01
            /interface ethernet set ether2 mac-address=02:00:00:00:98:02
            /interface vlan add name=vlan7 vlan-id=7 interface=ether1
            /ipv6 address add address=2001:db8:98:1::1/64 interface=vlan7
            /ipv6 address add address=2001:db8:98:2::1/64 interface=ether2
            /ipv6 neighbor add address=2001:db8:98:1::2 mac-address=02:00:00:00:98:11 interface=vlan7
            /ipv6 neighbor add address=2001:db8:98:2::2 mac-address=02:00:00:00:98:22 interface=ether2
            /ip firewall connection tracking set udp-stream-timeout=8s
            /ipv6 firewall filter
            add chain=forward action=fasttrack-connection connection-state=established,related hw-offload=yes
            add chain=forward action=accept

            """);
        ulong packets = 0, bytes = 0;
        for (int n = 0; n < Enough; n++)
        {
            Exchange();
        }

        await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 2, Exchange);
        string id = (await router.ConnectionAsync())!.Id;
        ulong before = (await router.StatsAsync()).Rx;

        // Four times its timeout, after which rules see a packet of either direction again; then hardware goes on.
        GetStatsResponse sampled = await router.WaitForStatsAsync(
            static stats => stats.HwOffload.Ended.GetValueOrDefault("sample") >= 2 && stats.HwOffload.Flows == 2, Exchange);
        Assert.InRange(sampled.Rx - before, 2ul, 10ul);
        Assert.InRange(packets, 200ul, ulong.MaxValue);
        Connection connection = await router.WaitForAsync(connection => connection.OrigPackets == packets && connection.ReplPackets == packets);
        Assert.Equal((id, bytes, bytes, true), (connection.Id, connection.OrigBytes, connection.ReplBytes, connection.HwOffload));

        // Nothing comes any more: it ends by its timeout, and with it what the device was told.
        for (var clock = Stopwatch.StartNew(); await router.ConnectionAsync() is not null; await Task.Delay(100))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "the connection does not end");
        }

        GetStatsResponse stats = await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 0);
        Assert.Equal(4ul, stats.HwOffload.Offloaded);

        void Exchange()
        {
            byte[] request = Datagram(Client, Server, 64), answer = Datagram(Server, Client, 60);
            packets++;
            bytes += (ulong)request.Length;
            router.Pass(
                router.Left, [.. OffloadingRouter.LeftPort, .. OffloadingRouter.LeftHost, 0x81, 0x00, 0x00, 0x07, 0x86, 0xdd, .. request],
                router.Right, [.. OffloadingRouter.RightHost, .. OffloadingRouter.RightPort, 0x86, 0xdd, .. Datagram(Client, Server, 63)]);
            router.Pass(
                router.Right, [.. OffloadingRouter.RightPort, .. OffloadingRouter.RightHost, 0x86, 0xdd, .. answer],
                router.Left,
                [.. OffloadingRouter.LeftHost, .. OffloadingRouter.LeftPort, 0x81, 0x00, 0x00, 0x07, 0x86, 0xdd, .. Datagram(Server, Client, 59)]);
        }

        static byte[] Datagram(string from, string to, int hops) => new Frame().Ipv6(from, to, hops).Udp(5000, 5000).Data(300).ToPacket();
    }

    [Fact]
    public async Task A_device_without_room_says_so_and_the_worker_goes_on()
    {
        await using OffloadingRouter router = await OffloadingRouter.StartAsync(
            OffloadingRouter.Script + "/ip firewall nat add chain=srcnat out-interface=ether2 action=masquerade\n", ",rules=0");
        var stream = new TranslatedStream(router);
        stream.Open();
        for (int n = 0; n < Enough; n++)
        {
            stream.Exchange();
        }

        GetStatsResponse stats = await router.WaitForStatsAsync(static stats => stats.HwOffload.Refused.ContainsKey("device"), stream.Exchange);
        Assert.Equal((0ul, "the switch has no room for more rules"), (stats.HwOffload.Flows, stats.HwOffload.LastError));
        Connection connection = (await router.ConnectionAsync())!;
        Assert.Equal((false, true), (connection.HwOffload, connection.Fasttrack));
        await AssertCountsAsync(router, stream);
    }

    [Fact]
    public async Task A_port_that_cannot_says_why_and_everything_is_as_before()
    {
        string folder = RouterProcess.NewFolder();
        string script = Path.Combine(folder, "router.rsc");
        await File.WriteAllTextAsync(script, "/ip firewall filter add chain=forward action=fasttrack-connection hw-offload=yes\n");
        await using RouterProcess process = await RouterProcess.StartAsync(
            folder, "--config", script, "--port", $"ether1=net_pcap0,rx_pcap={ObservingRouter.CaptureFile(folder)}", "--port",
            "ether2=net_pcap1,tx_pcap=/dev/null");
        GetStatsResponse stats = await new TelemetryService.TelemetryServiceClient(process.Channel).GetStatsAsync(new GetStatsRequest());
        Assert.Equal([false, false], stats.Interfaces.Values.Select(static port => port.HwOffload));
        Assert.All(stats.Interfaces.Values, static port => Assert.NotEmpty(port.HwOffloadObstacle));
        Assert.Equal((0ul, 0), (stats.HwOffload.Flows, stats.HwOffload.Refused.Count));
        (int exitCode, string error) = await process.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("note: hw-offload=yes has no effect: net_pcap0, like every other port, cannot forward connections itself: ", error);
    }

    /// <summary>Opens a connection and talks on it until hardware forwards both directions.</summary>
    static async Task OffloadAsync(OffloadingRouter router, TranslatedStream stream)
    {
        GetStatsResponse stats = await router.StatsAsync();
        Assert.Equal([(true, ""), (true, "")], stats.Interfaces.Values.Select(static port => (port.HwOffload, port.HwOffloadObstacle)));
        stream.Open();
        for (int n = 0; n < Enough; n++)
        {
            stream.Exchange();
        }

        stats = await router.WaitForStatsAsync(static stats => stats.HwOffload.Flows == 2, stream.Exchange);
        Assert.Equal(2ul, stats.HwOffload.Offloaded);
        await router.WaitForAsync(static connection => connection is { HwOffload: true, Fasttrack: true });
    }

    static async Task AssertPassesTheWorkerByAsync(OffloadingRouter router, TranslatedStream stream, int exchanges)
    {
        GetStatsResponse before = await router.StatsAsync();
        for (int n = 0; n < exchanges; n++)
        {
            stream.Exchange();
        }

        GetStatsResponse after = await router.WaitForStatsAsync(stats => stats.HwOffload.Packets >= before.HwOffload.Packets + (2 * (ulong)exchanges));
        Assert.Equal((before.Rx, before.Tx), (after.Rx, after.Tx));
    }

    /// <summary>Connection and interfaces have counted every packet once, whoever forwarded it.</summary>
    static async Task AssertCountsAsync(OffloadingRouter router, TranslatedStream stream)
    {
        Connection connection = await router.WaitForAsync(
            connection => connection.OrigPackets >= stream.ClientPackets && connection.ReplPackets >= stream.ServerPackets);
        Assert.Equal(
            (stream.ClientPackets, stream.ClientBytes, stream.ServerPackets, stream.ServerBytes),
            (connection.OrigPackets, connection.OrigBytes, connection.ReplPackets, connection.ReplBytes));
        Assert.InRange(connection.OrigFasttrackPackets, 1ul, connection.OrigPackets);
        GetStatsResponse stats = await router.StatsAsync();
        const ulong EthernetHeader = 14;
        Assert.Equal(
            (stream.ClientPackets, stream.ClientBytes + (EthernetHeader * stream.ClientPackets)),
            (stats.Interfaces["ether1"].RxPacket, stats.Interfaces["ether1"].RxByte));
        Assert.Equal(
            (stream.ServerPackets, stream.ServerBytes + (EthernetHeader * stream.ServerPackets)),
            (stats.Interfaces["ether2"].RxPacket, stats.Interfaces["ether2"].RxByte));
    }
}
