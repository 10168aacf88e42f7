using System.Runtime.InteropServices;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>An image with what a worker brings along: a packet, counters, a trace.</summary>
public sealed unsafe class CompiledRun : IDisposable
{
    const int SlotMargin = 4;

    readonly ImageBlock<RuleImage> _block;
    readonly RuleChain _chain;
    readonly Packet* _packet = (Packet*)NativeMemory.AlignedAlloc((nuint)sizeof(Packet), 64);
    readonly byte* _ipHeader = (byte*)NativeMemory.AlignedAlloc(64, 64);
    readonly RuleTrace* _trace = (RuleTrace*)NativeMemory.AlignedAlloc(RuleTrace.ByteSize, 64);
    readonly RuleCounters* _counters;
    readonly int _slots;

    public CompiledRun(ImageBlock<RuleImage> block, RuleChain chain)
    {
        _block = block;
        _chain = chain;
        _slots = (int)block.Image->SlotCount + SlotMargin;
        _counters = (RuleCounters*)NativeMemory.AllocZeroed((nuint)_slots, (nuint)sizeof(RuleCounters));
    }

    public RuleImage* Image => _block.Image;

    public RuleCounters Counter(uint slot) => _counters[slot];

    public PlainVerdict Evaluate(PacketSample sample, bool traced = true)
    {
        sample.Write(_packet, _ipHeader);
        _trace->Clear();
        RuleMemory memory = new() { Counters = _counters };
        RuleVerdict verdict = RuleImage.Evaluate(Image, _chain, _packet, &memory, traced ? _trace : null);
        List<uint> counted = [];
        for (int i = 0; i < _trace->Count; i++)
        {
            (RuleChain chain, uint number) = (*_trace)[i];
            Assert.Equal(_chain, chain);
            counted.Add(number);
        }

        return new(verdict.IsDrop, verdict.IsFastTrack, verdict.IsNoTrack, verdict.Rule, counted) { Hardware = verdict.IsHardwareOffload };
    }

    /// <summary>Every packet gets the plain chain's verdict, is counted by the same rules, and nothing else is ever counted.</summary>
    public static void AssertAgrees(PlainChain plain, RuleChain chain, IEnumerable<PacketSample> packets)
    {
        using CompiledRun run = new(plain.Compile(chain), chain);
        var expected = new RuleCounters[run._slots];
        foreach (PacketSample packet in packets)
        {
            PlainVerdict verdict = plain.Evaluate(packet);
            PlainVerdict compiled = run.Evaluate(packet);

            // A trace that is full keeps as many as it can hold; replay is told how many are missing.
            if (verdict.Counted.Count <= RuleTrace.Capacity)
            {
                Assert.Equal(verdict.Counted, compiled.Counted);
            }
            else
            {
                Assert.Equal((uint)(verdict.Counted.Count - RuleTrace.Capacity), run._trace->Missed);
            }

            Assert.Equal(verdict with { Counted = [] }, compiled with { Counted = [] });
            foreach (uint number in verdict.Counted)
            {
                ref RuleCounters counters = ref expected[plain.SlotOf((int)((number - 1) / 3))];
                counters.Packets++;
                counters.Bytes += packet.Length;
            }
        }

        for (uint slot = 0; slot < run._slots; slot++)
        {
            Assert.Equal(expected[slot].Packets, run._counters[slot].Packets);
            Assert.Equal(expected[slot].Bytes, run._counters[slot].Bytes);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_packet);
        NativeMemory.AlignedFree(_ipHeader);
        NativeMemory.AlignedFree(_trace);
        NativeMemory.Free(_counters);
        _block.Dispose();
    }
}
