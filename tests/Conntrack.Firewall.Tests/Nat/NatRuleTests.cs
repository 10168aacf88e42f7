using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Memory.Publication;
using Conntrack.Packets;
using static Conntrack.Firewall.Tests.Nat.NatRules;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>What a rule translates to is found from the verdict, among few rules and among many; what makes no sense is refused.</summary>
public sealed unsafe class NatRuleTests
{
    /// <summary>One word of rules, and pages of them.</summary>
    [Theory]
    [InlineData(40, false)]
    [InlineData(40, true)]
    [InlineData(9000, false)]
    [InlineData(9000, true)]
    public void Every_rule_has_its_own_translation(int rules, bool ipv6)
    {
        RuleChain place = ipv6 ? RuleChain.NatDstnat6 : RuleChain.NatDstnat4;
        List<RuleSpec> specs = [];
        for (int n = 0; n < rules; n++)
        {
            // Every third one lets the packet go as it is.
            bool translates = n % 3 != 2;
            specs.Add(new()
            {
                Chain = place,
                Target = translates ? RuleTarget.DstNat : RuleTarget.Accept,
                Number = (uint)n,
                CounterSlot = (uint)n,
                DstPort = RuleMatch.Ports((ushort)(n + 1), (ushort)(n + 1)),
                Translation = translates ? new RuleTranslation { ToAddresses = new((UInt128)n, (UInt128)n + 1), ToPorts = ((ushort)n, 9999) } : null,
            });
        }

        specs.Add(SrcNat("10.0.0.1") with { Chain = RuleChain.NatSrcnat4, CounterSlot = 0 });
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build(specs);
        RuleCounters* counters = (RuleCounters*)NativeMemory.AllocZeroed(block.Image->SlotCount, (nuint)sizeof(RuleCounters));
        RuleMemory rulesMemory = new() { Counters = counters };
        byte* memory = (byte*)NativeMemory.AlignedAlloc(256, 64);
        Packet* packet = (Packet*)memory;
        for (int n = 0; n <= rules; n++)
        {
            new PacketSample { IsIpv6 = ipv6, DstPort = (ushort)(n + 1) }.Write(packet, memory + 128);
            RuleVerdict verdict = RuleImage.Evaluate(block.Image, place, packet, &rulesMemory, null);
            NatRule* found = RuleImage.TranslationOf(block.Image, verdict);
            Assert.False(verdict.IsDrop);
            if (n == rules)
            {
                Assert.Equal(RuleVerdict.EndOfChain, verdict.Rule);
                Assert.True(found == null);
                continue;
            }

            Assert.Equal((uint)n, verdict.Rule);
            Assert.Equal(1ul, counters[n].Packets);
            Assert.Equal(n % 3 != 2, found != null);
            if (found != null)
            {
                Assert.Equal(((UInt128)n, (UInt128)n + 1, (ushort)n, (ushort)9999), (found->FirstAddress, found->LastAddress, found->FirstPort, found->LastPort));
                Assert.True(found->HasAddresses && found->HasPorts && !found->RandomisesPorts && !found->IsNotByDst);
                Assert.Equal(RuleTarget.DstNat, found->Target);
            }
        }

        NativeMemory.Free(counters);
        NativeMemory.AlignedFree(memory);
    }

    [Fact]
    public void What_is_left_out_is_not_there()
    {
        var rule = NatRule.Of(RuleTarget.Masquerade, null);
        Assert.Equal((RuleTarget.Masquerade, false, false, false, false), (rule.Target, rule.HasAddresses, rule.HasPorts, rule.RandomisesPorts, rule.IsNotByDst));
        rule = NatRule.Of(RuleTarget.Same, new RuleTranslation { ToAddresses = new(1, 1), SameNotByDst = true, RandomisePorts = true });
        Assert.Equal((true, false, true, true), (rule.HasAddresses, rule.HasPorts, rule.RandomisesPorts, rule.IsNotByDst));
        Assert.Equal((UInt128)1, rule.AddressCount);
        Assert.Equal((UInt128)1 << 64, NatRule.Of(RuleTarget.SrcNat, new RuleTranslation { ToAddresses = new(0, UInt128.MaxValue) }).AddressCount);
    }

    public static TheoryData<string, RuleSpec> Unsound => new()
    {
        { "to-addresses", SrcNat("10.0.0.2-10.0.0.1") },
        { "to-addresses", SrcNat("2001:db8::1") },
        { "to-ports", SrcNat("10.0.0.1", (2, 1)) },
        { "to-addresses that are missing", Netmap(RuleChain.NatSrcnat4, "10.0.0.0") with { Translation = null } },
        { "to-addresses that are missing", Same("10.0.0.0", true) with { Translation = new() } },
        { "to-addresses that are no network", Netmap(RuleChain.NatSrcnat4, "10.0.0.1-10.0.0.2") },
        { "to-addresses that are no network", Netmap(RuleChain.NatSrcnat4, "10.0.0.0-10.0.0.2") },
        { "to-addresses", Masquerade() with { Translation = new() { ToAddresses = Range("10.0.0.1") } } },
        { "a target that its chain", SrcNat("10.0.0.1") with { Chain = RuleChain.NatDstnat4 } },
        { "a target that its chain", SrcNat("10.0.0.1") with { Chain = RuleChain.FilterForward4 } },
        { "a target that its chain", DstNat("10.0.0.1") with { Chain = RuleChain.NatInput4 } },
        { "a target that its chain", Masquerade() with { Chain = RuleChain.NatOutput4 } },
        { "a target that its chain", Masquerade() with { Target = RuleTarget.Drop, Translation = null } },
        { "a translation that its target", Masquerade() with { Target = RuleTarget.Accept } },
    };

    [Theory, MemberData(nameof(Unsound))]
    public void An_unsound_translation_is_refused_with_the_reason(string reason, RuleSpec rule) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => RuleImageBuilder.Build([rule])).Message);

    /// <summary>Sources where packets leave, destinations where they come in or begin.</summary>
    [Theory]
    [InlineData(RuleChain.NatSrcnat4, RuleTarget.SrcNat)]
    [InlineData(RuleChain.NatInput6, RuleTarget.SrcNat)]
    [InlineData(RuleChain.NatSrcnat6, RuleTarget.Masquerade)]
    [InlineData(RuleChain.NatDstnat4, RuleTarget.DstNat)]
    [InlineData(RuleChain.NatOutput6, RuleTarget.DstNat)]
    [InlineData(RuleChain.NatOutput4, RuleTarget.Redirect)]
    [InlineData(RuleChain.NatInput4, RuleTarget.Passthrough)]
    public void Targets_of_chains(RuleChain chain, RuleTarget target)
    {
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build([new() { Chain = chain, Target = target, Number = 0, CounterSlot = 0 }]);
        Assert.Equal(1u << (int)chain, block.Image->ChainsInUse);
    }
}
