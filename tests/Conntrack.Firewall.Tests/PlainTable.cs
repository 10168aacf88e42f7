using System.Runtime.InteropServices;
using Conntrack.Firewall.Paths;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>A built-in chain and user chains asked rule by rule, the way the manual tells it; what the image must agree with.</summary>
public sealed unsafe class PlainTable(IReadOnlyList<IReadOnlyList<PlainRule>> chains, bool isIpv6)
{
    /// <summary>The first chain is built in, the others are users'.</summary>
    public RuleChain NameOf(int chain) => chain == 0
        ? isIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4
        : RuleChains.User(chain - 1, isIpv6);

    public List<(RuleChain, uint)> Counted { get; } = [];

    /// <summary>What decided; null at the end of the chain.</summary>
    public (RuleTarget Target, RuleChain Chain, uint Rule)? Evaluate(PacketSample packet)
    {
        Counted.Clear();
        return Evaluate(packet, 0);
    }

    (RuleTarget Target, RuleChain Chain, uint Rule)? Evaluate(PacketSample packet, int chain)
    {
        for (int i = 0; i < chains[chain].Count; i++)
        {
            PlainRule rule = chains[chain][i];
            if (!rule.Matches(packet))
            {
                continue;
            }

            Counted.Add((NameOf(chain), (uint)i));
            if (rule.Target == RuleTarget.Return)
            {
                return null;
            }

            if (rule.Target == RuleTarget.Jump)
            {
                if (Evaluate(packet, rule.JumpTo + 1) is { } decided)
                {
                    return decided;
                }
            }
            else if (rule.Target is RuleTarget.Accept or RuleTarget.Drop or RuleTarget.Reject)
            {
                return (rule.Target, NameOf(chain), (uint)i);
            }
        }

        return null;
    }

    public ImageBlock<RuleImage> Compile()
    {
        uint slot = 0;
        List<RuleSpec> specs = [];
        for (int chain = 0; chain < chains.Count; chain++)
        {
            for (int i = 0; i < chains[chain].Count; i++)
            {
                specs.Add(chains[chain][i].ToSpec(NameOf(chain), (uint)i, slot++));
            }
        }

        return RuleImageBuilder.Build(specs);
    }

    /// <summary>Every packet gets the same fate, is counted by the same rules in the same order, and nothing else is counted.</summary>
    /// <param name="packets">The packets.</param>
    /// <param name="along">
    /// They are of established connections, those of one connection and direction behind each other: each goes along what the one before has
    /// left to be remembered.
    /// </param>
    public void AssertAgrees(IEnumerable<PacketSample> packets, bool along = false)
    {
        using ImageBlock<RuleImage> block = Compile();
        int slots = chains.Sum(chain => chain.Count);
        byte* memory = (byte*)NativeMemory.AlignedAlloc(128 + 64 + RuleTrace.ByteSize, 64);
        var counters = (RuleCounters*)NativeMemory.AllocZeroed((nuint)slots + 1, (nuint)sizeof(RuleCounters));
        var paths = (RulePaths*)NativeMemory.AlignedAlloc(RulePaths.ByteSize, 64);
        NativeMemory.Clear(paths, RulePaths.ByteSize);
        RulePaths.Follow(paths, 7);
        var rules = new RuleMemory { Counters = counters, Paths = paths };
        ushort remembered = 0;
        PacketSample? before = null;
        var trace = (RuleTrace*)(memory + 192);
        ulong counted = 0;
        foreach (PacketSample sample in packets)
        {
            sample.Write((Packet*)memory, memory + 128);
            trace->Clear();
            remembered = before is not null && before.IsOfOneDirectionWith(sample) ? remembered : (ushort)0;
            before = sample;
            ushort mark = sample.NatState == null ? (ushort)0 : sample.ConnectionMark;
            RuleVerdict verdict = along
                ? RuleImage.EvaluateAlong(block.Image, NameOf(0), (Packet*)memory, &rules, trace, &remembered, mark)
                : RuleImage.Evaluate(block.Image, NameOf(0), (Packet*)memory, &rules, trace);
            (RuleTarget Target, RuleChain Chain, uint Rule)? expected = Evaluate(sample);
            Assert.Equal(expected?.Target is RuleTarget.Drop or RuleTarget.Reject, verdict.IsDrop);
            Assert.Equal(expected?.Target is RuleTarget.Reject, verdict.IsReject);
            Assert.Equal(expected is { } one ? RuleTrace.Entry(one.Chain, one.Rule) : RuleVerdict.EndOfChain, verdict.Entry);
            List<(RuleChain, uint)> traced = [];
            for (int i = 0; i < trace->Count; i++)
            {
                traced.Add((*trace)[i]);
            }

            if (Counted.Count <= RuleTrace.Capacity)
            {
                Assert.Equal(Counted, traced);
            }

            counted += (ulong)Counted.Count;
        }

        for (int slot = 0; slot < slots; slot++)
        {
            counted -= counters[slot].Packets;
        }

        Assert.Equal(0ul, counted);
        NativeMemory.AlignedFree(memory);
        NativeMemory.AlignedFree(paths);
        NativeMemory.Free(counters);
    }
}
