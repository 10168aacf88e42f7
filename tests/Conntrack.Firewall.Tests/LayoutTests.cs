using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Memory.Publication;

namespace Conntrack.Firewall.Tests;

public unsafe class LayoutTests
{
    [Fact]
    public void The_header_is_a_line()
    {
        Assert.Equal(64, sizeof(RuleImage));
        Assert.Equal(0, Offset<RuleImage>(nameof(RuleImage.TotalBytes)));
        Assert.Equal(8, Offset<RuleImage>(nameof(RuleImage.Generation)));
        Assert.Equal(16, Offset<RuleImage>(nameof(RuleImage.RuleCount)));
        Assert.Equal(20, Offset<RuleImage>(nameof(RuleImage.SlotCount)));
        Assert.Equal(24, Offset<RuleImage>(nameof(RuleImage.ChainsInUse)));
        Assert.Equal(28, Offset<RuleImage>(nameof(RuleImage.FastTracks)));
        Assert.Equal(32, Offset<RuleImage>(nameof(RuleImage.Translations)));
        Assert.Equal(36, Offset<RuleImage>(nameof(RuleImage.Dependence)));
        Assert.Equal(40, Offset<RuleImage>(nameof(RuleImage.Effects)));
        Assert.Equal(56, Offset<RuleImage>(nameof(RuleImage.Edition)));
        Assert.Equal(44, Offset<RuleImage>(nameof(RuleImage.Lists4)));
        Assert.Equal(48, Offset<RuleImage>(nameof(RuleImage.Lists6)));
    }

    [Fact]
    public void A_chain_is_two_lines()
    {
        Assert.Equal(128, sizeof(CompiledChain));
        string[] fields =
        [
            nameof(CompiledChain.Form), nameof(CompiledChain.RuleCount), nameof(CompiledChain.Terminal), nameof(CompiledChain.Entries),
            nameof(CompiledChain.Rows), nameof(CompiledChain.Pages), nameof(CompiledChain.Leaves), nameof(CompiledChain.TerminalPages),
            nameof(CompiledChain.RowPages), nameof(CompiledChain.StateRows), nameof(CompiledChain.ProtocolRows),
            nameof(CompiledChain.InRows), nameof(CompiledChain.InLimit), nameof(CompiledChain.OutRows), nameof(CompiledChain.OutLimit),
            nameof(CompiledChain.SrcAddress), nameof(CompiledChain.DstAddress), nameof(CompiledChain.SrcPort),
            nameof(CompiledChain.DstPort), nameof(CompiledChain.NoSrcPortRow), nameof(CompiledChain.NoDstPortRow),
            nameof(CompiledChain.RowBytes),
        ];
        int[] offsets = [0, 4, 8, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 76, 88, 100, 112, 116, 120];
        Assert.Equal(offsets, fields.Select(Offset<CompiledChain>));
        Assert.Equal(64 + (28 * 128), RuleImage.PartsOffset);
    }

    [Fact]
    public void An_axis_is_three_words()
    {
        Assert.Equal(12, sizeof(IntervalAxis));
        Assert.Equal(0, Offset<IntervalAxis>(nameof(IntervalAxis.Tree)));
        Assert.Equal(4, Offset<IntervalAxis>(nameof(IntervalAxis.Levels)));
        Assert.Equal(8, Offset<IntervalAxis>(nameof(IntervalAxis.Rows)));
    }

    [Fact]
    public void An_entry_is_four_words()
    {
        Assert.Equal(16, sizeof(RuleEntry));
        Assert.Equal(0, Offset<RuleEntry>(nameof(RuleEntry.Number)));
        Assert.Equal(4, Offset<RuleEntry>(nameof(RuleEntry.CounterSlot)));
        Assert.Equal(8, Offset<RuleEntry>(nameof(RuleEntry.Target)));
        Assert.Equal(8, Offset<RuleEntry>(nameof(RuleEntry.TargetAndTranslation)));
        Assert.Equal(12, Offset<RuleEntry>(nameof(RuleEntry.Conditions)));
    }

    [Fact]
    public void Conditions_effects_and_lists_are_half_a_line()
    {
        Assert.Equal(32, sizeof(Condition));
        Assert.Equal(32, sizeof(CompiledEffect));
        Assert.Equal(32, sizeof(Lists.StaticLists));
        Assert.Equal(12, Offset<Lists.StaticLists>(nameof(Lists.StaticLists.Rows)));
        string[] fields =
        [
            nameof(Condition.Kind), nameof(Condition.Flags), nameof(Condition.Small), nameof(Condition.Middle), nameof(Condition.FirstValue),
            nameof(Condition.LastValue), nameof(Condition.Extra), nameof(Condition.Text),
        ];
        Assert.Equal([0, 1, 2, 4, 8, 16, 24, 28], fields.Select(Offset<Condition>));
        string[] effect =
        [
            nameof(CompiledEffect.Flags), nameof(CompiledEffect.Mode), nameof(CompiledEffect.Value), nameof(CompiledEffect.JumpTo),
            nameof(CompiledEffect.TimeoutTicks), nameof(CompiledEffect.LogPrefix),
        ];
        Assert.Equal([0, 1, 2, 4, 8, 12], effect.Select(Offset<CompiledEffect>));
    }

    [Fact]
    public void What_rules_remember_is_shared_across_the_ABI()
    {
        Assert.Equal(192, sizeof(RuleMemory));
        Assert.Equal(16, sizeof(Conntrack.Firewall.Matching.RuleState));
        Assert.Equal(80, sizeof(RuleLogRecord));
        Assert.Equal(RuleLog.ByteSize, sizeof(RuleLog));
        string[] fields =
        [
            nameof(RuleMemory.Counters), nameof(RuleMemory.States), nameof(RuleMemory.Rates), nameof(RuleMemory.Scans), nameof(RuleMemory.Listed),
            nameof(RuleMemory.Log), nameof(RuleMemory.Addresses), nameof(RuleMemory.Interfaces), nameof(RuleMemory.RandomKey),
            nameof(RuleMemory.HashKey), nameof(RuleMemory.Epoch), nameof(RuleMemory.AddressCount),
            nameof(RuleMemory.Paths), nameof(RuleMemory.Recorder),
            nameof(RuleMemory.Extensions4), nameof(RuleMemory.Extensions6), nameof(RuleMemory.Counts),
        ];
        Assert.Equal([0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128], fields.Select(Offset<RuleMemory>));
        Assert.Equal([64, 70, 72], new[] { nameof(RuleLogRecord.SrcMac), nameof(RuleLogRecord.NatState), nameof(RuleLogRecord.Number) }.Select(Offset<RuleLogRecord>));
    }

    [Fact]
    public void A_page_is_eight_leaf_numbers()
    {
        Assert.Equal(32, sizeof(RulePage));
        Assert.Equal(0, Offset<RulePage>(nameof(RulePage.Leaves)));
        Assert.Equal(4096, RulePage.BitCount);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 32)]
    [InlineData(5, 64)]
    [InlineData(6, 128)]
    [InlineData(10, 128)]
    [InlineData(11, 192)]
    public void A_row_lies_in_as_few_lines_as_can_be(uint pages, uint bytes) => Assert.Equal(bytes, RulePage.RowBytes(pages));

    [Fact]
    public void Counters_are_two_words()
    {
        Assert.Equal(16, sizeof(RuleCounters));
        Assert.Equal(0, Offset<RuleCounters>(nameof(RuleCounters.Packets)));
        Assert.Equal(8, Offset<RuleCounters>(nameof(RuleCounters.Bytes)));
    }

    [Fact]
    public void A_translation_is_a_line()
    {
        Assert.Equal(64, sizeof(NatRule));
        Assert.Equal(0, Offset<NatRule>(nameof(NatRule.FirstAddress)));
        Assert.Equal(16, Offset<NatRule>(nameof(NatRule.LastAddress)));
        Assert.Equal(32, Offset<NatRule>(nameof(NatRule.FirstPort)));
        Assert.Equal(34, Offset<NatRule>(nameof(NatRule.LastPort)));
        Assert.Equal(36, Offset<NatRule>(nameof(NatRule.Target)));
    }

    [Fact]
    public void A_trace_is_a_kilobyte()
    {
        Assert.Equal(RuleTrace.ByteSize, sizeof(RuleTrace));
        Assert.Equal(RuleTrace.ByteSize, 8 + (RuleTrace.Capacity * sizeof(uint)));
        Assert.Equal(0, Offset<RuleTrace>(nameof(RuleTrace.Count)));
        Assert.Equal(4, Offset<RuleTrace>(nameof(RuleTrace.Missed)));
    }

    [Fact]
    public void A_verdict_is_returned_in_a_register() => Assert.Equal(8, sizeof(RuleVerdict));

    [Fact]
    public void Every_acknowledgement_has_a_line_of_its_own()
    {
        Assert.Equal(64 * 65, sizeof(ImagePublication));
        ImagePublication* publication = (ImagePublication*)NativeMemory.AlignedAlloc((nuint)sizeof(ImagePublication), 64);
        try
        {
            new Span<byte>(publication, sizeof(ImagePublication)).Clear();
            for (int worker = 0; worker < ImagePublication.MostWorkers; worker++)
            {
                ((ulong*)publication)[8 * (worker + 1)] = (ulong)worker + 100;
                Assert.Equal((ulong)worker + 100, ImagePublication.AcknowledgedBy(publication, worker));
            }

            *(nint*)publication = 0x1234;
            Assert.Equal(0x1234, (nint)ImagePublication.Current<RuleImage>(publication));
        }
        finally
        {
            NativeMemory.AlignedFree(publication);
        }
    }

    static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
