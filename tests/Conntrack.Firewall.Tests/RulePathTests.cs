using System.Runtime.InteropServices;
using Conntrack.Firewall.Paths;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>What connections remember of their way through a chain; that it is right is compared in <see cref="WalkTests"/>.</summary>
public sealed unsafe class RulePathTests : IDisposable
{
    readonly RulePaths* _paths = (RulePaths*)NativeMemory.AlignedAlloc(RulePaths.ByteSize, 64);
    readonly RuleCounters* _counters = (RuleCounters*)NativeMemory.AllocZeroed(64, (nuint)sizeof(RuleCounters));
    readonly byte* _room = (byte*)NativeMemory.AlignedAlloc(256, 64);

    public RulePathTests()
    {
        NativeMemory.Clear(_paths, RulePaths.ByteSize);
        RulePaths.Follow(_paths, 1);
    }

    [Fact]
    public void Connections_that_go_one_way_share_it()
    {
        using ImageBlock<RuleImage> rules = Compile(new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 0, CounterSlot = 3 });
        ushort one = 0, two = 0, other = 0;
        Evaluate(rules, Sample(1), &one);
        Evaluate(rules, Sample(2), &two);
        Evaluate(rules, Sample(2) with { In = 4 }, &other);
        Assert.NotEqual(0, one);
        Assert.Equal(one, two);
        Assert.NotEqual(one, other);
        Evaluate(rules, Sample(1), &one);
        Assert.Equal((4ul, 240ul), (_counters[3].Packets, _counters[3].Bytes));
    }

    [Fact]
    public void Other_rules_begin_from_nothing()
    {
        using ImageBlock<RuleImage> rules = Compile(new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 0, CounterSlot = 0 });
        ushort first = 0, second = 0, again = 0;
        Evaluate(rules, Sample(1), &first);
        Evaluate(rules, Sample(1) with { In = 2 }, &second);
        RulePaths.Follow(_paths, 1);
        Evaluate(rules, Sample(1) with { In = 2 }, &again);
        Assert.Equal(second, again);
        RulePaths.Follow(_paths, 2);
        again = 0;
        Evaluate(rules, Sample(1) with { In = 2 }, &again);
        Assert.Equal(first, again);
    }

    /// <summary>Packets that go one way after another are counted together, and each for its own way's rules.</summary>
    [Fact]
    public void A_run_of_packets_counts_each_of_them_once()
    {
        using ImageBlock<RuleImage> rules = Compile(
            new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Passthrough, Number = 0, CounterSlot = 0 },
            new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 1, CounterSlot = 1, InInterface = RuleMatch.Interface(3) },
            new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 2, CounterSlot = 2 });
        ushort one = 0, other = 0;
        Evaluate(rules, Sample(1) with { In = 3 }, &one);
        Evaluate(rules, Sample(1) with { In = 4 }, &other);
        RuleMemory memory = new() { Counters = _counters, Paths = _paths };
        RuleRun run = new(&memory);
        int[] ways = [3, 3, 4, 3, 4, 4, 4];
        for (int n = 0; n < ways.Length; n++)
        {
            var sample = Sample(1) with { In = (ushort)ways[n], Length = (uint)(100 + n) };
            sample.Write((Packet*)_room, _room + 128);
            Assert.True(run.TryTake(RuleChain.FilterForward4, (Packet*)_room, ways[n] == 3 ? one : other, 0));
            Assert.Equal(ways[n] == 3 ? 1u : 2u, ((Packet*)_room)->Rule & RuleTrace.MostNumber);
        }

        // Not this way's, and not one that is remembered.
        Assert.False(run.TryTake(RuleChain.FilterForward4, (Packet*)_room, one, 0));
        Assert.False(run.TryTake(RuleChain.FilterForward4, (Packet*)_room, other, 1));
        Assert.False(run.TryTake(RuleChain.FilterForward4, (Packet*)_room, 0, 0));
        run.End();
        run.End();
        Assert.Equal((9ul, 841ul), (_counters[0].Packets, _counters[0].Bytes));
        Assert.Equal((4ul, 364ul), (_counters[1].Packets, _counters[1].Bytes));
        Assert.Equal((5ul, 477ul), (_counters[2].Packets, _counters[2].Bytes));
    }

    /// <summary>A verdict that says more than to accept is for all of the filter to read.</summary>
    [Theory]
    [InlineData(RuleTarget.Drop)]
    [InlineData(RuleTarget.FastTrack)]
    public void A_run_takes_only_what_is_accepted(RuleTarget target)
    {
        using ImageBlock<RuleImage> rules = Compile(new RuleSpec { Chain = RuleChain.FilterForward4, Target = target, Number = 0, CounterSlot = 0 });
        ushort remembered = 0;
        Evaluate(rules, Sample(1), &remembered);
        Assert.NotEqual(0, remembered);
        RuleMemory memory = new() { Counters = _counters, Paths = _paths };
        RuleRun run = new(&memory);
        Assert.False(run.TryTake(RuleChain.FilterForward4, (Packet*)_room, remembered, 0));
        run.End();
        Assert.Equal(1ul, _counters[0].Packets);
    }

    /// <summary>One rule more than a path holds: counted all the same, packet by packet.</summary>
    [Theory]
    [InlineData(RulePath.MostRules, true)]
    [InlineData(RulePath.MostRules + 1, false)]
    public void A_long_way_is_not_remembered(int length, bool isRemembered)
    {
        using ImageBlock<RuleImage> rules = Compile([.. Enumerable.Range(0, length).Select(n => new RuleSpec
        {
            Chain = RuleChain.FilterForward4,
            Target = RuleTarget.Passthrough,
            Number = (uint)n,
            CounterSlot = (uint)n,
        })]);
        ushort remembered = 0;
        Evaluate(rules, Sample(1), &remembered);
        Evaluate(rules, Sample(1), &remembered);
        Assert.Equal(isRemembered, remembered != 0);
        Assert.All(Enumerable.Range(0, length), slot => Assert.Equal(2ul, _counters[slot].Packets));
    }

    [Fact]
    public void When_there_is_no_room_packets_are_evaluated_one_by_one()
    {
        using ImageBlock<RuleImage> rules = Compile(new RuleSpec { Chain = RuleChain.FilterForward4, Target = RuleTarget.Accept, Number = 0, CounterSlot = 0 });
        HashSet<ushort> numbers = [];
        for (int n = 0; n < RulePaths.Most + 50; n++)
        {
            ushort remembered = 0;
            Evaluate(rules, Sample(1) with { In = (ushort)n }, &remembered);
            numbers.Add(remembered);
        }

        Assert.Equal(RulePaths.Most + 1, numbers.Count);
        Assert.Contains((ushort)0, numbers);
        Assert.Equal((ulong)RulePaths.Most + 50, _counters[0].Packets);
    }

    /// <summary>A limit counts every packet, and so does a log.</summary>
    [Fact]
    public void What_every_packet_is_asked_is_not_remembered()
    {
        using ImageBlock<RuleImage> rules = Compile(new RuleSpec
        {
            Chain = RuleChain.FilterForward4,
            Target = RuleTarget.Drop,
            Number = 0,
            CounterSlot = 0,
            Conditions = [RuleCondition.PacketSize(100, 200)],
        });
        ushort remembered = 0;
        Assert.False(Evaluate(rules, Sample(1), &remembered).IsDrop);
        Assert.Equal(0, remembered);
        Assert.True(Evaluate(rules, Sample(1) with { Length = 150 }, &remembered).IsDrop);
        Assert.Equal(0, remembered);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_paths);
        NativeMemory.Free(_counters);
        NativeMemory.AlignedFree(_room);
    }

    static ImageBlock<RuleImage> Compile(params RuleSpec[] rules) => RuleImageBuilder.Build(rules);

    static PacketSample Sample(uint client) => new()
    {
        Src = client,
        Dst = 9,
        SrcPort = 1,
        DstPort = 2,
        State = ConnectionStateOfPacket.Established,
        NatState = RuleNatStates.None,
    };

    RuleVerdict Evaluate(ImageBlock<RuleImage> rules, PacketSample sample, ushort* remembered)
    {
        sample.Write((Packet*)_room, _room + 128);
        RuleMemory memory = new() { Counters = _counters, Paths = _paths };
        return RuleImage.EvaluateAlong(rules.Image, RuleChain.FilterForward4, (Packet*)_room, &memory, null, remembered, 0);
    }
}
