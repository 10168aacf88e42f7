using Conntrack.Memory.Publication;

namespace Conntrack.Firewall.Tests;

public unsafe class RuleImageBuilderTests
{
    static readonly RuleSpec s_rule = new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = 5, CounterSlot = 0 };

    public static TheoryData<string, RuleSpec> Unsound => new()
    {
        { "FilterForward4", s_rule with { CounterSlot = RuleImageBuilder.MostSlot + 1 } },
        { "number", s_rule with { Number = RuleTrace.MostNumber + 1 } },
        { "chain", s_rule with { Chain = RuleChains.User(RuleChains.MostUserChains, false) } },
        { "target", s_rule with { Target = (RuleTarget)99 } },
        { "connection-state", s_rule with { ConnectionState = new RuleMatch([new(0, 8)], false) } },
        { "connection-nat-state", s_rule with { ConnectionNatState = new RuleMatch([new(4, 4)], false) } },
        { "src-address", s_rule with { SrcAddress = RuleMatch.Addresses(0, (UInt128)uint.MaxValue + 1) } },
        { "dst-address", s_rule with { DstAddress = RuleMatch.Addresses(2, 1) } },
        { "dst-port", s_rule with { DstPort = new RuleMatch([new(0, 65536)], false) } },
        { "src-port", s_rule with { SrcPort = RuleMatch.Ports(2, 1) } },
        { "in-interface", s_rule with { InInterface = RuleMatch.Interface(Packets.Packet.NoInterface) } },
        { "out-interface", s_rule with { OutInterface = new RuleMatch(default, false) } },
    };

    [Theory, MemberData(nameof(Unsound))]
    public void An_unsound_rule_is_refused_with_the_reason(string reason, RuleSpec rule) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => RuleImageBuilder.Build([rule])).Message);

    [Fact]
    public void Numbers_rise_along_a_chain()
    {
        Assert.Throws<ArgumentException>(() => RuleImageBuilder.Build([s_rule, s_rule]));
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build([s_rule, s_rule with { Chain = RuleChain.FilterInput4 }]);
        Assert.Equal(2u, block.Image->RuleCount);
    }

    [Fact]
    public void The_header_says_what_is_inside()
    {
        using ImageBlock<RuleImage> block = RuleImageBuilder.Build([s_rule, s_rule with { Number = 9, CounterSlot = 41 }]);
        Assert.Equal((ulong)block.ByteSize, block.Image->TotalBytes);
        Assert.Equal(42u, block.Image->SlotCount);
        Assert.Equal(1u << (int)RuleChain.FilterForward4, block.Image->ChainsInUse);
        Assert.Equal(0ul, block.Image->Generation);
        using ImageBlock<RuleImage> empty = RuleImageBuilder.Empty();
        Assert.Equal((0u, 0u, (nuint)RuleImage.PartsOffset), (empty.Image->ChainsInUse, empty.Image->SlotCount, empty.ByteSize));
    }

    [Theory]
    [InlineData(40), InlineData(700)]
    public void Equal_rules_give_equal_bytes_wherever_they_lie(int rules)
    {
        using ImageBlock<RuleImage> first = new RandomRules(3, isIpv6: false).Chain(rules).Compile(RuleChain.FilterForward4);
        using ImageBlock<RuleImage> second = new RandomRules(3, isIpv6: false).Chain(rules).Compile(RuleChain.FilterForward4);
        Assert.True(new Span<byte>(first.Image, (int)first.ByteSize).SequenceEqual(new Span<byte>(second.Image, (int)second.ByteSize)));
    }

    /// <summary>No pointer inside: an image works at another address, the first one gone.</summary>
    [Fact]
    public void A_copied_image_works()
    {
        RandomRules random = new(4, isIpv6: false);
        PlainChain chain = random.Chain(700);
        ImageBlock<RuleImage> copy;
        using (ImageBlock<RuleImage> block = chain.Compile(RuleChain.FilterForward4))
        {
            copy = ImageBlock<RuleImage>.Allocate(block.ByteSize);
            Span<byte> bytes = new(block.Image, (int)block.ByteSize);
            bytes.CopyTo(new Span<byte>(copy.Image, (int)copy.ByteSize));
            bytes.Clear();
        }

        using CompiledRun run = new(copy, RuleChain.FilterForward4);
        for (int i = 0; i < 200; i++)
        {
            PacketSample packet = random.Packet(chain);
            Assert.Equal(chain.Evaluate(packet).Rule, run.Evaluate(packet).Rule);
        }
    }

    [Fact]
    public void Every_part_begins_on_a_cache_line_inside_the_block()
    {
        using ImageBlock<RuleImage> block = new RandomRules(5, isIpv6: true).Chain(5000).Compile(RuleChain.FilterForward6);
        CompiledChain* chain = RuleImage.ChainOf(block.Image, RuleChain.FilterForward6);
        Assert.Equal(0, (nint)block.Image % 64);
        uint[] parts =
        [
            chain->Entries, chain->Rows, chain->Pages, chain->Leaves, chain->StateRows, chain->ProtocolRows, chain->InRows, chain->OutRows,
            chain->SrcAddress.Tree, chain->DstAddress.Tree,
        ];
        Assert.All(parts, offset => Assert.Equal(0u, offset % 64));
        Assert.All(parts, offset => Assert.InRange(offset, (uint)RuleImage.PartsOffset, (uint)block.ByteSize - 64));
        Assert.Equal(parts.Length, parts.Distinct().Count());
    }
}
