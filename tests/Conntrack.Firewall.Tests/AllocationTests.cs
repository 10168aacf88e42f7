using System.Runtime.InteropServices;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

public sealed unsafe class AllocationTests
{
    /// <summary>No rules, a word of them, pages of them; both families.</summary>
    [Theory]
    [InlineData(0, false), InlineData(30, false), InlineData(3000, false), InlineData(30, true), InlineData(3000, true)]
    public void Evaluation_allocates_nothing(int rules, bool isIpv6)
    {
        const int PacketCount = 64;
        RandomRules random = new(rules, isIpv6);
        PlainChain chain = random.Chain(rules);
        RuleChain place = isIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4;
        using ImagePublisher<RuleImage> publisher = new(1, chain.Compile(place));
        byte* memory = (byte*)NativeMemory.AlignedAlloc(PacketCount * 192, 64);
        Packet* packets = (Packet*)memory;
        RuleTrace* trace = (RuleTrace*)NativeMemory.AllocZeroed(RuleTrace.ByteSize);
        RuleCounters* counters = (RuleCounters*)NativeMemory.AllocZeroed((nuint)rules + 1, (nuint)sizeof(RuleCounters));
        for (int i = 0; i < PacketCount; i++)
        {
            random.Packet(chain).Write(packets + i, memory + (PacketCount * 128) + (i * 64));
        }

        Bursts(publisher.Publication, place, packets, PacketCount, counters, trace);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Bursts(publisher.Publication, place, packets, PacketCount, counters, trace);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        NativeMemory.AlignedFree(memory);
        NativeMemory.Free(trace);
        NativeMemory.Free(counters);
    }

    static void Bursts(ImagePublication* publication, RuleChain chain, Packet* packets, int count, RuleCounters* counters, RuleTrace* trace)
    {
        RuleMemory memory = new() { Counters = counters };
        RuleImage* image = ImagePublication.GoOnline<RuleImage>(publication, 0);
        for (int burst = 0; burst < 100; burst++)
        {
            image = ImagePublication.Refresh<RuleImage>(publication, 0, image);
            for (int i = 0; i < count; i++)
            {
                trace->Clear();
                _ = RuleImage.Evaluate(image, chain, packets + i, &memory, (i & 1) != 0 ? trace : null);
            }
        }

        ImagePublication.GoOffline(publication, 0);
    }
}
