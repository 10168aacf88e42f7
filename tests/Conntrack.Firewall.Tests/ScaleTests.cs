using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

/// <summary>
/// Ten rules against ten thousand. The figures are printed; what is asserted leaves room for a busy machine and none for a loop.
/// </summary>
public sealed unsafe class ScaleTests(ITestOutputHelper output)
{
    const int PacketCount = 2000;

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Ten_thousand_rules_cost_a_few_times_what_ten_cost(bool isIpv6)
    {
        RuleChain place = isIpv6 ? RuleChain.FilterForward6 : RuleChain.FilterForward4;
        double few = Measure(10, place);
        double many = Measure(10_000, place);

        // Asked one by one they would cost a thousand times as much.
        Assert.InRange(many, 0, 50 * few);
    }

    double Measure(int rules, RuleChain place)
    {
        RandomRules random = new(7, place.IsIpv6());
        PlainChain chain = random.Chain(rules);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        using ImageBlock<RuleImage> block = chain.Compile(place);
        double buildMilliseconds = clock.Elapsed.TotalMilliseconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

        byte* memory = (byte*)NativeMemory.AlignedAlloc(PacketCount * 192, 64);
        Packet* packets = (Packet*)memory;
        RuleCounters* counters = (RuleCounters*)NativeMemory.AllocZeroed((nuint)rules, (nuint)sizeof(RuleCounters));
        RuleMemory rulesMemory = new() { Counters = counters };
        for (int i = 0; i < PacketCount; i++)
        {
            random.Packet(chain).Write(packets + i, memory + (PacketCount * 128) + (i * 64));
        }

        double nanoseconds = double.MaxValue;
        for (int round = 0; round < 300; round++)
        {
            clock.Restart();
            for (int i = 0; i < PacketCount; i++)
            {
                _ = RuleImage.Evaluate(block.Image, place, packets + i, &rulesMemory, null);
            }

            nanoseconds = Math.Min(nanoseconds, clock.Elapsed.TotalNanoseconds / PacketCount);
        }

        FormattableString figures =
            $"{place}: {rules} rules, {nanoseconds:F1} ns a packet, built in {buildMilliseconds:F0} ms, image {block.ByteSize / 1e6:F2} MB";
        output.WriteLine(figures.ToString(CultureInfo.InvariantCulture));
        Assert.InRange(block.ByteSize, (nuint)0, (nuint)(64 << 10) + (nuint)(rules * 1000));
        Assert.InRange(allocated, 0, 100_000_000);
        NativeMemory.AlignedFree(memory);
        NativeMemory.Free(counters);
        return nanoseconds;
    }
}
