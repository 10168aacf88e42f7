using Conntrack.Firewall.Nat;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using static Conntrack.Firewall.Tests.Nat.NatRules;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>Many connections at once: no two have one reply, and nobody is turned away while there is room that can be found.</summary>
public sealed unsafe class NatModelTests
{
    /// <summary>Few addresses and ports, so that everything clashes; connections end at random and give their replies back.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Replies_are_unique(int seed, bool ipv6)
    {
        if (ipv6)
        {
            Check<Connection6>(seed, "fd00::", "2001:db8:5::", "2001:db8::1");
        }
        else
        {
            Check<Connection4>(seed, "192.168.1.0", "203.0.113.0", "198.51.100.1");
        }
    }

    static void Check<TRecord>(int seed, string clients, string servers, string outside)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Random random = new(seed);
        UInt128 own = NatRun<TRecord>.Number(outside);
        RuleRange pool = new(own, own + 1);
        RuleSpec source = SrcNat(null) with
        {
            Translation = new() { ToAddresses = pool, ToPorts = (2000, 2009) },
            Protocol = RuleMatch.Protocol(IpProtocol.Udp),
        };
        RuleSpec server = DstNat(null) with
        {
            Translation = new() { ToAddresses = new(NatRun<TRecord>.Number(servers), NatRun<TRecord>.Number(servers)) },
            DstAddress = RuleMatch.Addresses(own, own),
        };
        bool ipv6 = typeof(TRecord) == typeof(Connection6);
        using NatRun<TRecord> run = new(4096, ipv6 ? source.Ipv6() : source, ipv6 ? server.Ipv6() : server);
        Dictionary<(byte, UInt128, int, UInt128, int), Bound> open = [];
        HashSet<(byte Protocol, string From, int FromPort, string To, int ToPort)> replies = [];
        byte[] protocols = [IpProtocol.Udp, IpProtocol.Tcp, ipv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, 89];
        int exhausted = 0;
        for (int n = 0; n < 6000; n++)
        {
            byte protocol = protocols[random.Next(4)];
            bool ports = protocol is IpProtocol.Udp or IpProtocol.Tcp;
            UInt128 client = NatRun<TRecord>.Number(clients) + (uint)random.Next(4);
            UInt128 asked = random.Next(3) == 0 ? own : NatRun<TRecord>.Number(servers) + (uint)random.Next(3);
            int port = protocol == 89 ? 0 : 1000 + random.Next(8);
            int askedPort = ports ? 80 : protocol == 89 ? 0 : ipv6 ? 0x8000 : 0x0800;
            var key = (protocol, client, port, asked, askedPort);
            if (open.Remove(key, out Bound known))
            {
                run.Table.Remove(known.Record, ConnectionEnd.Closed);
                run.Table.ReleaseRemoved();
                Assert.True(replies.Remove(ReplyOf(protocol, known)));
                continue;
            }

            Bound bound = run.Open(client, port, asked, askedPort, protocol);
            if (bound.Outcome == NatOutcome.Exhausted)
            {
                exhausted++;
                if (protocol == IpProtocol.Udp)
                {
                    Assert.All(Enumerable.Range(2000, 10), taken => Assert.Contains((protocol, bound.From, taken, bound.To, bound.ToPort), replies));
                }
                else
                {
                    Assert.Equal(89, protocol);
                }

                continue;
            }

            Assert.True(replies.Add(ReplyOf(protocol, bound)), $"{bound} twice");
            open.Add(key, bound);
        }

        // Both happened often enough to mean something.
        Assert.True(exhausted > 50 && open.Count > 20);
        Assert.Equal((uint)open.Count, run.Table.View->Records.Count);
        foreach (Bound bound in open.Values)
        {
            run.Table.Remove(bound.Record, ConnectionEnd.Closed);
        }

        Assert.Equal(0u, run.Table.View->Index.Entries);
    }

    static (byte, string, int, string, int) ReplyOf(byte protocol, Bound bound) => (protocol, bound.From, bound.FromPort, bound.To, bound.ToPort);

    /// <summary>Two entries in the index for each, at a million: what design promises.</summary>
    [Fact]
    public void A_million_translated_connections_take_176_bytes_each()
    {
        const uint Million = 1 << 20;
        using NatRun<Connection4> run = new(Million, SrcNat("198.51.100.0-198.51.100.63"));
        for (uint n = 0; n < Million; n++)
        {
            Bound bound = run.Open(0x0a000000u + (n >> 4), 1024 + (int)((n * 7919) % 60000), 0xcb007100u + (n & 0xff), 443);
            if (bound.Outcome != NatOutcome.Translated)
            {
                Assert.Fail($"{n}: {bound}");
            }
        }

        TableView* view = run.Table.View;
        Assert.Equal((Million, 2 * Million), (view->Records.Count, view->Index.Entries));
        double others = sizeof(Connection4) + sizeof(uint) + 1 + (2.0 / 128);
        Assert.InRange(others + ((double)view->Index.UsedBytes / Million), 128, 176);
        run.Now += 3_600_000_000;
        Assert.Equal((int)Million, run.Table.SweepAll(Timestamp.FromMicroseconds(run.Now)));
        Assert.Equal(0u, view->Index.Entries);
    }

    [Fact]
    public void Binding_allocates_nothing()
    {
        using NatRun<Connection4> run = new(4096, SrcNat("198.51.100.0-198.51.100.3", (2000, 2100)), DstNat("10.0.0.1-10.0.0.9", (80, 90)));
        uint[] records = [.. Enumerable.Range(0, 1000).Select(n => run.Allocate(0x0a000000u + (uint)n, 1024 + n, 0xcb007109, 443, IpProtocol.Tcp))];
        run.Bind(records[0]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 1; n < records.Length; n++)
        {
            run.Bind(records[n]);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
