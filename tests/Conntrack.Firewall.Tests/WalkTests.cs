using Conntrack.Packets;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Firewall.Tests;

/// <summary>Chains with conditions, jumps and returns against the same rules asked one by one.</summary>
public class WalkTests
{
    [Theory]
    [InlineData(1, false), InlineData(5, true), InlineData(40, false), InlineData(64, true), InlineData(65, false), InlineData(700, true)]
    [InlineData(4097, false)]
    public void Random_tables_of_random_size(int rules, bool isIpv6) => Compare(rules, isIpv6, rules + 17, 400);

    [Fact]
    public void Many_small_tables() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed => Compare(1 + (seed % 30), seed % 2 != 0, seed, 60))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_circle_of_jumps_is_refused()
    {
        RuleSpec first = Jump(RuleChain.FilterForward4, 0);
        Assert.Contains("circle", Refusal(first, Jump(RuleChains.User(0, false), 1), Jump(RuleChains.User(1, false), 0)));
        Assert.Contains("circle", Refusal(Jump(RuleChains.User(4, false), 4)));
    }

    [Fact]
    public void Jumps_are_bounded_in_depth()
    {
        RuleSpec[] deep = [.. Enumerable.Range(0, 15).Select(chain => Jump(RuleChains.User(chain, false), chain + 1)), Jump(RuleChain.FilterInput4, 0)];
        Assert.Contains("more than 16 chains", Refusal(deep));
        using var block = RuleImageBuilder.Build(deep[1..]);
    }

    [Fact]
    public void A_chain_belongs_to_one_table_and_one_family()
    {
        Assert.Contains("another table", Refusal(Jump(RuleChain.FilterForward4, 3), Jump(RuleChain.RawPrerouting4, 3)));
        Assert.Contains("leads nowhere", Refusal(Jump(RuleChain.FilterForward4, 3) with { Effect = new() { JumpTo = RuleChains.User(3, true) } }));
        Assert.Contains("leads nowhere", Refusal(Jump(RuleChain.FilterForward4, 3) with { Effect = new() { JumpTo = RuleChain.FilterInput4 } }));
        Assert.Contains("leads nowhere", Refusal(Jump(RuleChain.FilterForward4, 3) with { Effect = null }));
    }

    /// <summary>Thousands of ways lead through this table; looking for circles must not take each of them.</summary>
    [Fact]
    public void A_table_of_many_ways_compiles()
    {
        List<RuleSpec> rules = [];
        for (int chain = 0; chain < 14; chain++)
        {
            for (uint rule = 0; rule < 20; rule++)
            {
                rules.Add(Jump(RuleChains.User(chain, false), chain + 1) with { Number = rule });
            }
        }

        using var block = RuleImageBuilder.Build([.. rules, Jump(RuleChain.FilterForward4, 0)]);
    }

    static RuleSpec Jump(RuleChain from, int to) =>
        new() { Chain = from, Target = RuleTarget.Jump, Number = 0, CounterSlot = 0, Effect = new() { JumpTo = RuleChains.User(to, false) } };

    static string Refusal(params RuleSpec[] rules) => Assert.Throws<ArgumentException>(() => RuleImageBuilder.Build(rules)).Message;

    static void Compare(int rules, bool isIpv6, int seed, int packets)
    {
        Random random = new(seed);
        RandomRules shapes = new(seed, isIpv6);
        List<List<PlainRule>> chains = [[.. Enumerable.Range(0, rules).Select(_ => shapes.Rule())]];
        for (int chain = 0; chain < 3; chain++)
        {
            chains.Add([.. Enumerable.Range(0, random.Next(rules < 10 ? 5 : 90)).Select(_ => shapes.Rule())]);
        }

        for (int chain = 0; chain < chains.Count; chain++)
        {
            for (int i = 0; i < chains[chain].Count; i++)
            {
                chains[chain][i] = Conditioned(chains[chain][i], chain, random);
            }
        }

        PlainChain first = new(chains[0]);
        PlainTable table = new(chains, isIpv6);
        table.AssertAgrees(Enumerable.Range(0, packets).Select(_ => Vary(shapes.Packet(first))));
        table.AssertAgrees(
            Enumerable.Range(0, packets / 4).SelectMany(_ =>
            {
                PacketSample one = shapes.Packet(first) with { State = ConnectionStateOfPacket.Established, NatState = RuleNatStates.None };
                return Enumerable.Range(0, 8).Select(n => n % 2 == 0 ? one : Vary(one) with
                {
                    In = random.Next(4) == 0 ? (ushort)random.Next(8) : one.In,
                    Out = random.Next(4) == 0 ? (ushort)random.Next(8) : one.Out,
                    Length = (uint)random.Next(40, 1500),
                });
            }),
            along: true);

        PacketSample Vary(PacketSample sample) => sample with
        {
            Ttl = (byte)random.Next(4),
            Dscp = (byte)random.Next(4),
            TcpFlags = (byte)random.Next(64),
            Mark = (ushort)random.Next(3),
            ConnectionMark = (ushort)random.Next(3),
        };
    }

    /// <summary>Fewer rules are narrow, some ask more, some jump down or return.</summary>
    static PlainRule Conditioned(PlainRule rule, int chain, Random random)
    {
        rule = random.Next(3) == 0 ? rule : new PlainRule { Target = rule.Target, Protocol = rule.Protocol, State = rule.State };
        List<(RuleCondition, Func<PacketSample, bool?>)> asks = [];
        while (random.Next(3) != 0)
        {
            asks.Add(Ask(random));
        }

        rule = rule with { Asks = asks };
        return random.Next(6) switch
        {
            0 when chain < 3 => rule with { Target = RuleTarget.Jump, JumpTo = random.Next(chain, 3) },
            1 when random.Next(3) == 0 => rule with { Target = RuleTarget.Return },
            2 => rule with { Target = RuleTarget.Reject },
            3 or 4 => rule with { Target = RuleTarget.Passthrough },
            _ => rule,
        };
    }

    static (RuleCondition, Func<PacketSample, bool?>) Ask(Random random)
    {
        byte value = (byte)random.Next(4);
        bool negated = random.Next(4) == 0;
        byte set = (byte)random.Next(16), clear = (byte)(random.Next(16) & ~set);
        uint size = (uint)random.Next(20, 1500);
        (RuleCondition Condition, Func<PacketSample, bool?> Answer) ask = random.Next(8) switch
        {
            0 => (RuleCondition.Ttl(value, (byte)(value + 1)), packet => packet.Ttl >= value && packet.Ttl <= value + 1),
            1 => (RuleCondition.Dscp(value), packet => packet.Dscp == value),
            2 => (RuleCondition.PacketSize(size, size + 400), packet => packet.Length >= size && packet.Length <= size + 400),
            3 => (RuleCondition.TcpFlags(set, clear), packet =>
                packet.Protocol != IpProtocol.Tcp || packet.IsLaterFragment || packet.IsCutOff
                    ? null : (packet.TcpFlags & set) == set && (packet.TcpFlags & clear) == 0),
            4 => (RuleCondition.PacketMark(value), packet => packet.Mark == value),
            5 => (RuleCondition.ConnectionMark(value), packet => (packet.NatState == null ? 0 : packet.ConnectionMark) == value),
            6 => (RuleCondition.Fragment(), packet => packet.IsLaterFragment),
            _ => (RuleCondition.Port([((ushort)size, 40000), (80, 80)]), packet => !packet.HasPorts ? null
                : (packet.SrcPort >= size && packet.SrcPort <= 40000) || (packet.DstPort >= size && packet.DstPort <= 40000)
                    || packet.SrcPort == 80 || packet.DstPort == 80),
        };
        return (ask.Condition with { Negated = negated }, ask.Answer);
    }
}
