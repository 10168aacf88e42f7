using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>
/// A thousand hosts that use the same ports behind sixteen addresses: every connection has a reply of its own, its answers find it, and it costs
/// no more memory than it may. With CTRACK_LARGE=1 a million of them.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed unsafe class ManyTranslationsTests(Dpdk dpdk)
{
    const int Hosts = 1000, Burst = 32, FirstPort = 2000;

    /// <summary>Bytes a translated IPv4 connection may take at a million, its extension apart: record, deadline, class, two index entries.</summary>
    const double MostBytes = 176;

    /// <summary>With its extension.</summary>
    const double MostBytesFastTracked = 240;

    static bool IsLarge => Environment.GetEnvironmentVariable("CTRACK_LARGE") == "1";

    [Theory, Runtimes]
    public void Of_a_thousand_hosts_behind_sixteen_addresses_no_two_look_the_same(DataplaneRuntime runtime)
    {
        Assert.NotNull(dpdk);
        int perHost = IsLarge ? 1000 : 24;
        NatNet net = new(false);
        RuleSpec same = net.Rule(RuleChain.NatSrcnat4, RuleTarget.Same, "203.0.113.16-203.0.113.31", outInterface: NatNet.Wan);
        same = same with { Translation = same.Translation! with { SameNotByDst = true } };
        RuleSpec fastTrack = new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.FastTrack, Number = 0, CounterSlot = 40 };
        using RouterRig rig = new(
            runtime,
            spec => spec with
            {
                Routes = [.. spec.Routes, new(0, IPAddress.Parse("10.0.0.0"), 16, new NextHopSpec(NextHopKind.Gateway, NatNet.Lan, IPAddress.Parse("10.0.0.2")))],
            },
            entries: (uint)(Hosts * perHost) + 1024, rules: [same, fastTrack]);

        // What a connection looks like to its server, and whose it is.
        Dictionary<(uint From, ushort Port, uint Server), int> replies = new(Hosts * perHost);
        Dictionary<int, uint> addressOf = [];
        int moved = 0;
        for (int port = 0; port < perHost; port++)
        {
            foreach (int[] hosts in Enumerable.Range(0, Hosts).Chunk(Burst))
            {
                TraceItem[] fates = rig.Run(
                    NatNet.Lan, [.. hosts.Select(host => net.In(NatNet.Lan, Host(host), Server(port)).Udp(FirstPort + port, 53).ToBytes())]);
                Assert.All(fates, static fate => Assert.Equal(DropReason.None, fate.Reason));
                Assert.Equal(hosts.Length, rig.Session.Sent.Count);
                foreach ((int host, SentFrame sent) in hosts.Zip(rig.Session.Sent))
                {
                    ReadOnlySpan<byte> ip = sent.Bytes.Span[14..];
                    uint from = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
                    ushort fromPort = BinaryPrimitives.ReadUInt16BigEndian(ip[20..]);
                    Assert.True(replies.TryAdd((from, fromPort, BinaryPrimitives.ReadUInt32BigEndian(ip[16..])), host));
                    Assert.InRange(from, 0xcb00_7110u, 0xcb00_711fu);
                    moved += fromPort == FirstPort + port ? 0 : 1;

                    // same: a host has one address, wherever it goes.
                    Assert.Equal(addressOf.TryAdd(host, from) ? from : addressOf[host], from);
                }
            }
        }

        Assert.Equal(16, addressOf.Values.Distinct().Count());
        Assert.InRange(moved, replies.Count / 2, replies.Count);
        TableView* table = rig.Session.Dataplane.Settings->WorkerStates[0].Connections4;
        Assert.Equal((uint)replies.Count, table->Records.Count);
        double bytes = sizeof(Connection4) + sizeof(uint) + 1 + (2.0 / 128) + ((double)table->Index.UsedBytes / replies.Count);
        Assert.InRange(bytes, 1, MostBytes);
        Assert.InRange(bytes + Extension.ByteSize, 1, MostBytesFastTracked);

        AnswersFindTheirHost(rig, net, replies);
        if (IsLarge)
        {
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{runtime}: {replies.Count} translated connections, {moved} with another port: {bytes:0.0} bytes each, with what is committed ahead {(double)table->CommittedBytes / replies.Count:0.0}; fasttracked {bytes + Extension.ByteSize:0.0}"));
        }
    }

    /// <summary>Every answer reaches the host that asked, tracked and past the flow cache.</summary>
    static void AnswersFindTheirHost(RouterRig rig, NatNet net, Dictionary<(uint From, ushort Port, uint Server), int> replies)
    {
        foreach (KeyValuePair<(uint From, ushort Port, uint Server), int>[] burst in replies.Chunk(Burst))
        {
            byte[][] answers = [.. burst.Select(each => net.In(NatNet.Wan, Text(each.Key.Server), Text(each.Key.From)).Udp(53, each.Key.Port).ToBytes())];
            for (int times = 0; times < 2; times++)
            {
                TraceItem[] fates = rig.Run(NatNet.Wan, answers);
                Assert.All(fates, static fate => Assert.Equal((DropReason.None, ConnectionStateOfPacket.Established), (fate.Reason, fate.State)));
                foreach ((KeyValuePair<(uint From, ushort Port, uint Server), int> each, SentFrame sent) in burst.Zip(rig.Session.Sent))
                {
                    ReadOnlySpan<byte> ip = sent.Bytes.Span[14..];
                    Assert.Equal(Host(each.Value), Text(BinaryPrimitives.ReadUInt32BigEndian(ip[16..])));
                }
            }
        }

        TableView* table = rig.Session.Dataplane.Settings->WorkerStates[0].Connections4;
        Assert.Equal((uint)replies.Count, table->Records.Count);

        // Those that the flow cache had room for.
        Assert.InRange(table->Extensions.Count, 1u, (uint)replies.Count);
    }

    /// <summary>Behind a router in the LAN.</summary>
    static string Host(int host) => $"10.0.{1 + (host / 250)}.{1 + (host % 250)}";

    static string Server(int port) => $"198.51.100.{1 + (port & (IsLarge ? 15 : 0))}";

    static string Text(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";
}
