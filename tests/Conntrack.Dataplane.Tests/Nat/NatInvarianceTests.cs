using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Dataplane.Tests.Routing;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Nat;

/// <summary>
/// What a burst and its workers must not show: which port a connection gets depends on who is alive when its first packet leaves, and whose an
/// answer is on a packet that may stand in front of it in the same burst.
/// </summary>
[Collection(Dpdk.Collection)]
public sealed class NatInvarianceTests(Dpdk dpdk)
{
    const int Captures = 24;

    [Theory, Runtimes]
    public void Random_conversations_through_translations(DataplaneRuntime runtime)
    {
        HashSet<DropReason> reasons = [];
        int translated = 0, established = 0, related = 0, fast = 0;
        for (int seed = 0; seed < Captures; seed++)
        {
            NatNet net = NatNet.Both[seed % 2];
            ReplayRun run = new Conversations(net, seed).Frames(250).ToReplay(dpdk) with
            {
                Runtime = runtime,
                Router = RouterRig.Default(),
                Rules = [.. RulesOf(net, seed)],
            };
            ReplayResult result = Invariance.Assert(run, $"seed {seed}");
            reasons.UnionWith(result.Trace.Select(item => item.Reason));
            translated += result.Connections.Count(line => (line.Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat)) != 0);
            established += result.States.Count(state => state == ConnectionStateOfPacket.Established);
            related += result.States.Count(state => state == ConnectionStateOfPacket.Related);
            fast += result.Trace.Count(item => item.Path == 1);
        }

        // The generator is worth something.
        Assert.Contains(DropReason.NatExhausted, reasons);
        Assert.All(new[] { translated, established, related }, count => Assert.InRange(count, 50, int.MaxValue));
        Assert.InRange(fast, 10, int.MaxValue);
    }

    static IEnumerable<RuleSpec> RulesOf(NatNet net, int seed)
    {
        yield return net.SrcNat(net.Router(NatNet.Wan), (7000, 7002)) with { Protocol = RuleMatch.Protocol(IpProtocol.Tcp) };
        yield return net.Masquerade with { Number = 1 };
        if (seed % 3 != 0)
        {
            yield return net.DstNat(net.Host(NatNet.Dmz), (8080, 8081), inInterface: NatNet.Wan) with { DstPort = RuleMatch.Ports(80, 81), Protocol = RuleMatch.Protocol(IpProtocol.Tcp) };
        }

        if (seed % 4 != 0)
        {
            yield return new RuleSpec
            {
                Chain = net.IsIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4,
                Target = RuleTarget.FastTrack,
                Number = 0,
                CounterSlot = 40,
                ConnectionState = RuleMatch.States(RuleStates.Established),
            };
        }
    }

    /// <summary>A few clients, ports and servers, so that they meet; answers go to where translations may have come from.</summary>
    sealed class Conversations(NatNet net, int seed)
    {
        const int Ack = 0x10, Syn = 2, SynAck = 0x12, Fin = 0x11, Rst = 4;
        static readonly int[] s_flags = [Syn, Syn, Ack, Ack, Ack, Fin, Rst];
        static readonly int[] s_answers = [SynAck, SynAck, Ack, Ack, Ack, Fin, Rst, Syn];
        static readonly int[] s_ports = [5000, 5001, 7000, 7001, 7002, 7003];

        readonly Random _random = new(seed);

        public Traffic Frames(int count)
        {
            Traffic traffic = new(3);
            for (int n = 0; n < count; n++)
            {
                traffic.Wait(_random.Next(40) switch
                {
                    0 => TimeSpan.FromSeconds(_random.Next(1, 40)),
                    < 10 => TimeSpan.FromMilliseconds(_random.Next(1, 20)),
                    _ => TimeSpan.FromMicroseconds(1),
                });
                Next(traffic);
            }

            return traffic;
        }

        void Next(Traffic traffic)
        {
            string server = net.IsIpv6 ? $"2001:db8:ffff::{_random.Next(1, 3)}" : $"198.51.100.{_random.Next(1, 3)}";
            string wan = net.Router(NatNet.Wan);
            int host = _random.Next(2, 4), client = 5000 + _random.Next(2), outside = s_ports[_random.Next(s_ports.Length)];
            string inside = net.Host(NatNet.Lan, host);
            switch (_random.Next(12))
            {
                case < 3:
                    traffic.In(NatNet.Lan, net.In(NatNet.Lan, inside, server, host).Tcp(client, 80, s_flags[_random.Next(s_flags.Length)], Number(), Number()).Data(_random.Next(3)));
                    break;
                case < 5:
                    traffic.In(NatNet.Wan, net.In(NatNet.Wan, server, wan).Tcp(80, outside, s_answers[_random.Next(s_answers.Length)], Number(), Number()).Data(_random.Next(3)));
                    break;
                case 5:
                    traffic.In(NatNet.Lan, net.In(NatNet.Lan, inside, server, host).Udp(client, 53).Data(20));
                    break;
                case < 8:
                    traffic.In(NatNet.Wan, net.In(NatNet.Wan, server, wan).Udp(53, client).Data(20));
                    break;
                case 8:
                    traffic.In(NatNet.Lan, net.Echo(net.In(NatNet.Lan, inside, server, host), reply: false, 9));
                    traffic.In(NatNet.Wan, net.Echo(net.In(NatNet.Wan, server, wan), reply: true, 9));
                    break;
                case 9:
                    traffic.In(NatNet.Wan, net.In(NatNet.Wan, server, wan).Tcp(6000 + _random.Next(2), 80 + _random.Next(2), s_flags[_random.Next(s_flags.Length)], Number(), Number()));
                    break;
                case 10:
                    traffic.In(NatNet.Wan, net.Unreachable(net.In(NatNet.Wan, server, wan), net.Quote(wan, server).Udp(client, 53).Data(20).ToPacket()));
                    break;
                default:
                    traffic.In(NatNet.Dmz, net.In(NatNet.Dmz, net.Host(NatNet.Dmz), server).Tcp(8080, 6000 + _random.Next(2), s_answers[_random.Next(s_answers.Length)], Number(), Number()));
                    break;
            }
        }

        uint Number() => (uint)_random.Next(1, 4);
    }
}
