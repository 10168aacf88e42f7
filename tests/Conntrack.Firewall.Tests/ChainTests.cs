using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>What rules mean, one sentence at a time.</summary>
public class ChainTests
{
    static readonly PacketSample s_ssh =
        new() { Src = 0x0a000001, Dst = 0xc0000201, SrcPort = 40000, DstPort = 22, In = 1, Out = 2, Length = 60 };

    [Fact]
    public void A_chain_without_rules_accepts()
    {
        using CompiledRun run = Run();
        PlainVerdict verdict = run.Evaluate(s_ssh);
        Assert.Equal((false, RuleVerdict.EndOfChain), (verdict.Drop, verdict.Rule));
        Assert.Empty(verdict.Counted);
    }

    [Fact]
    public void The_end_of_a_chain_accepts()
    {
        using CompiledRun run = Run(Rule(RuleTarget.Drop, 0) with { DstPort = RuleMatch.Ports(23, 23) });
        Assert.Equal((false, RuleVerdict.EndOfChain), Decision(run, s_ssh));
    }

    [Fact]
    public void The_manuals_FastTrack_pair_marks_and_then_accepts()
    {
        RuleMatch known = RuleMatch.States(RuleStates.Established | RuleStates.Related);
        using CompiledRun run = Run(
            Rule(RuleTarget.FastTrack, 0) with { ConnectionState = known },
            Rule(RuleTarget.Accept, 1) with { ConnectionState = known },
            Rule(RuleTarget.Drop, 2) with { ConnectionState = RuleMatch.States(RuleStates.Invalid) });
        PlainVerdict established = run.Evaluate(s_ssh with { State = ConnectionStateOfPacket.Established });
        Assert.True(established is { FastTrack: true, Drop: false, Rule: 1 });
        Assert.Equal([0u, 1u], established.Counted);
        Assert.True(run.Evaluate(s_ssh with { State = ConnectionStateOfPacket.Invalid }) is { FastTrack: false, Drop: true, Rule: 2 });
        Assert.True(run.Evaluate(s_ssh) is { FastTrack: false, Drop: false, Rule: RuleVerdict.EndOfChain });
        Assert.Equal((1ul, 60ul), (run.Counter(0).Packets, run.Counter(0).Bytes));
    }

    [Fact]
    public void Notrack_and_passthrough_go_on_to_the_next_rule()
    {
        using CompiledRun run = Run(
            Rule(RuleTarget.NoTrack, 0), Rule(RuleTarget.Passthrough, 1), Rule(RuleTarget.Drop, 2), Rule(RuleTarget.FastTrack, 3));
        PlainVerdict verdict = run.Evaluate(s_ssh);
        Assert.True(verdict is { NoTrack: true, FastTrack: false, Drop: true, Rule: 2 });
        Assert.Equal([0u, 1u, 2u], verdict.Counted);
        Assert.Equal(0ul, run.Counter(3).Packets);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void No_port_matcher_matches_a_later_fragment(bool negated)
    {
        using CompiledRun run = Run(
            Rule(RuleTarget.Drop, 0) with { DstPort = RuleMatch.Ports(22, 22, negated) },
            Rule(RuleTarget.Drop, 1) with { SrcPort = RuleMatch.Ports(0, 65535, negated) });
        Assert.Equal((false, RuleVerdict.EndOfChain), Decision(run, s_ssh with { IsLaterFragment = true }));
        Assert.Equal((false, RuleVerdict.EndOfChain), Decision(run, s_ssh with { IsCutOff = true }));
        Assert.Equal((false, RuleVerdict.EndOfChain), Decision(run, s_ssh with { Protocol = IpProtocol.Icmp }));
        Assert.Equal(negated ? RuleVerdict.EndOfChain : 0u, Decision(run, s_ssh).Rule);
    }

    [Theory]
    [InlineData(IpProtocol.Tcp), InlineData(IpProtocol.Udp), InlineData(IpProtocol.UdpLite)]
    [InlineData(IpProtocol.Sctp), InlineData(IpProtocol.Dccp)]
    public void Five_protocols_have_ports(byte protocol)
    {
        using CompiledRun run = Run(Rule(RuleTarget.Drop, 0) with { DstPort = RuleMatch.Ports(22, 22) });
        Assert.Equal((true, 0u), Decision(run, s_ssh with { Protocol = protocol }));
    }

    [Fact]
    public void A_packet_that_leaves_by_no_interface_leaves_by_none_that_is_named()
    {
        using CompiledRun run = Run(
            Rule(RuleTarget.Drop, 0) with { OutInterface = RuleMatch.Interface(3) },
            Rule(RuleTarget.Drop, 1) with { OutInterface = RuleMatch.Interface(3, negated: true) });
        Assert.Equal((true, 1u), Decision(run, s_ssh with { Out = Packet.NoInterface }));
        Assert.Equal((true, 0u), Decision(run, s_ssh with { Out = 3 }));
    }

    [Fact]
    public void A_packet_before_tracking_has_no_state()
    {
        using CompiledRun run = Run(
            Rule(RuleTarget.Drop, 0) with { ConnectionState = RuleMatch.States((RuleStates)31) },
            Rule(RuleTarget.Drop, 1) with { ConnectionState = RuleMatch.States(RuleStates.New, negated: true) });
        Assert.Equal((true, 1u), Decision(run, s_ssh with { State = ConnectionStateOfPacket.None }));
    }

    /// <summary>RouterOS's default: whatever comes from outside and was not asked in by a dst-nat rule is dropped.</summary>
    [Fact]
    public void What_is_new_and_not_dst_natted_is_dropped()
    {
        using CompiledRun run = Run(Rule(RuleTarget.Drop, 0) with
        {
            ConnectionState = RuleMatch.States(RuleStates.New),
            ConnectionNatState = RuleMatch.NatStates(RuleNatStates.DstNat, negated: true),
            InInterface = RuleMatch.Interface(1),
        });
        Assert.Equal((true, 0u), Decision(run, s_ssh));
        Assert.Equal((true, 0u), Decision(run, s_ssh with { NatState = RuleNatStates.None }));
        Assert.Equal((true, 0u), Decision(run, s_ssh with { NatState = RuleNatStates.SrcNat }));
        Assert.False(run.Evaluate(s_ssh with { NatState = RuleNatStates.DstNat }).Drop);
        Assert.False(run.Evaluate(s_ssh with { NatState = RuleNatStates.SrcNat | RuleNatStates.DstNat }).Drop);
        Assert.False(run.Evaluate(s_ssh with { State = ConnectionStateOfPacket.Established }).Drop);
    }

    [Fact]
    public void Chains_of_one_image_do_not_see_each_others_rules()
    {
        RuleSpec[] rules = [.. Enum.GetValues<RuleChain>().Where(chain => chain != RuleChain.Count)
            .Select(chain => Rule(chain.IsNat() ? RuleTarget.Accept : RuleTarget.Drop, (uint)chain) with
            {
                Chain = chain,
                SrcPort = RuleMatch.Ports(40000, 40000),
            })];
        foreach (RuleSpec rule in rules)
        {
            using CompiledRun run = new(RuleImageBuilder.Build(rules), rule.Chain);
            Assert.Equal((!rule.Chain.IsNat(), rule.Number), Decision(run, s_ssh with { IsIpv6 = rule.Chain.IsIpv6() }));
        }
    }

    /// <summary>A full trace says how much it lacks; counting goes on.</summary>
    [Fact]
    public void More_rules_than_a_trace_holds_are_all_counted()
    {
        PlainChain chain = new([.. Enumerable.Range(0, 300).Select(_ => new PlainRule { Target = RuleTarget.Passthrough })]);
        CompiledRun.AssertAgrees(chain, RuleChain.FilterForward4, [s_ssh, s_ssh]);
    }

    static (bool Drop, uint Rule) Decision(CompiledRun run, PacketSample packet)
    {
        PlainVerdict verdict = run.Evaluate(packet);
        return (verdict.Drop, verdict.Rule);
    }

    static CompiledRun Run(params RuleSpec[] rules) => new(RuleImageBuilder.Build(rules), RuleChain.FilterForward4);

    static RuleSpec Rule(RuleTarget target, uint number) =>
        new() { Chain = RuleChain.FilterForward4, Target = target, Number = number, CounterSlot = number };
}
