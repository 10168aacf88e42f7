using System.Runtime.CompilerServices;
using Conntrack.Firewall.Paths;
using Conntrack.Packets;

namespace Conntrack.Firewall;

/// <content>
/// Packets of established connections. All of a connection's packets of one direction look alike to most rules, so what was found for one of them
/// holds for the next, counters included.
/// </content>
public unsafe partial struct RuleImage
{
    /// <summary>As <see cref="Evaluate"/>, along the way that the connection remembers if it is the packet's.</summary>
    /// <param name="image">The rules.</param>
    /// <param name="chain">The chain; of the packet's family.</param>
    /// <param name="packet">Of an established connection, and none that is only about it.</param>
    /// <param name="memory">This worker's; <see cref="RulePaths.Follow"/> has seen the image's edition.</param>
    /// <param name="trace">Takes every rule that counted; null when nobody asks.</param>
    /// <param name="remembered">Number of a way, 0 for none: of the connection's direction and these rules.</param>
    /// <param name="mark">The connection's mark.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleVerdict EvaluateAlong(
        RuleImage* image, RuleChain chain, Packet* packet, RuleMemory* memory, RuleTrace* trace, ushort* remembered, ushort mark)
    {
        ulong key = RulePath.KeyOf(chain, packet, mark);
        RulePath* path = RulePaths.At(memory->Paths, *remembered);
        if (*remembered != 0 & path->Key == key)
        {
            RulePath.CountOn(path, 1, packet->IpLength, memory->Counters);
            if (trace != null)
            {
                RulePath.Trace(path, trace);
            }

            return path->Verdict;
        }

        return ChainOf(image, chain)->Form == RowForm.Empty
            ? RuleVerdict.Accepted
            : Remember(image, chain, packet, memory, trace, remembered, key);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    static RuleVerdict Remember(
        RuleImage* image, RuleChain chain, Packet* packet, RuleMemory* memory, RuleTrace* trace, ushort* remembered, ulong key)
    {
        Unsafe.SkipInit(out PathRecorder recorder);
        recorder.Count = 0;
        recorder.IsVolatile = false;
        memory->Recorder = &recorder;
        RuleVerdict verdict = Classify(image, chain, packet, memory, trace);
        memory->Recorder = null;
        *remembered = recorder.IsVolatile ? (ushort)0 : RulePaths.NumberOf(memory->Paths, key, verdict, &recorder);
        return verdict;
    }
}
