using System.Numerics;
using System.Runtime.CompilerServices;
using Conntrack.Firewall.Paths;
using Conntrack.Packets;

namespace Conntrack.Firewall;

/// <content>
/// Chains whose rules ask for more than the axes, jump, or do something: what the rows let through is gone through in the chain's order, rule by
/// rule, because what one rule does another one may ask about.
/// </content>
public unsafe partial struct RuleImage
{
    /// <summary>What a rule means for the way on.</summary>
    enum Step
    {
        Next,
        Leave,
        Decided,
    }

    [SkipLocalsInit]
    static RuleVerdict Walk(RuleImage* image, RuleChain chain, PacketRows* rows, Packet* packet, RuleMemory* memory, RuleTrace* trace)
    {
        Passage passage = new()
        {
            Image = (byte*)image,
            Packet = packet,
            Memory = memory,
            Trace = trace,
            Verdict = RuleVerdict.Accepted,
        };
        WalkChain(&passage, chain, rows);
        return passage.Verdict;
    }

    /// <summary>True when a rule decided; false at the end of the chain.</summary>
    [SkipLocalsInit]
    static bool WalkChain(Passage* passage, RuleChain chain, PacketRows* rows)
    {
        byte* image = passage->Image;
        CompiledChain* rules = ChainOf((RuleImage*)image, chain);
        RuleEntry* entries = (RuleEntry*)(image + rules->Entries);
        if (rules->Form == RowForm.WordWalk)
        {
            return WalkWord(passage, chain, entries, rows->AndOfWords((ulong*)(image + rules->Rows))) == Step.Decided;
        }

        ulong* leaves = (ulong*)(image + rules->Leaves);
        RulePage* pages = (RulePage*)(image + rules->Pages);
        nuint numbers = rules->RowPages * (nuint)sizeof(ulong);
        PacketPages found;
        rows->PagesOf(image + rules->Rows, rules, &found);
        for (nuint page = 0; page < rules->RowPages; page++)
        {
            for (ulong summary = found.Summary(page); summary != 0; summary &= summary - 1)
            {
                uint word = (uint)BitOperations.TrailingZeroCount(summary);
                ulong matched = found.Match(leaves, pages, numbers + (page * sizeof(uint)), word);
                Step step = WalkWord(passage, chain, entries + (page * RulePage.BitCount) + (word * 64), matched);
                if (step != Step.Next)
                {
                    return step == Step.Decided;
                }
            }
        }

        return false;
    }

    static Step WalkWord(Passage* passage, RuleChain chain, RuleEntry* entries, ulong matched)
    {
        for (; matched != 0; matched &= matched - 1)
        {
            RuleEntry* entry = entries + BitOperations.TrailingZeroCount(matched);
            if (entry->Conditions != 0 && !Meets(passage, entry))
            {
                continue;
            }

            Step step = Take(passage, chain, entry);
            if (step != Step.Next)
            {
                return step;
            }
        }

        return Step.Next;
    }

    /// <summary>Counts the packet for a rule that matches it, and does what the rule says.</summary>
    static Step Take(Passage* passage, RuleChain chain, RuleEntry* entry)
    {
        RuleCounters* counter = passage->Memory->Counters + entry->CounterSlot;
        counter->Packets++;
        counter->Bytes += passage->Packet->IpLength;
        uint name = RuleTrace.Entry(chain, entry->Number);
        if (passage->Trace != null)
        {
            passage->Trace->Add(chain, entry->Number);
        }

        PathRecorder* recorder = passage->Memory->Recorder;
        if (recorder != null)
        {
            recorder->Add(entry->CounterSlot, name);
        }

        uint number = entry->TargetAndTranslation >> RuleEntry.TranslationShift;
        CompiledEffect* effect = number == 0 | entry->Target.IsTranslation() ? null : EffectAt((RuleImage*)passage->Image, number);
        if (entry->Target == RuleTarget.Log || (effect != null && (effect->Flags & CompiledEffect.Log) != 0))
        {
            PacketEffects.Log(passage->Memory->Log, passage->Packet, name, effect == null ? 0 : effect->LogPrefix);
            Recur(recorder);
        }
        else if (number != 0 && entry->Target.IsTranslation() && TranslationAt((RuleImage*)passage->Image, number)->Logs)
        {
            PacketEffects.Log(passage->Memory->Log, passage->Packet, name, TranslationAt((RuleImage*)passage->Image, number)->LogPrefix);
        }

        switch (entry->Target)
        {
            case RuleTarget.Passthrough or RuleTarget.Log:
                return Step.Next;
            case RuleTarget.FastTrack or RuleTarget.NoTrack or RuleTarget.FastTrackHardware:
                passage->Verdict = passage->Verdict.Marked(entry->Target);
                return Step.Next;
            case RuleTarget.Jump:
                return Jump(passage, effect->JumpTo) ? Step.Decided : Step.Next;
            case RuleTarget.Return:
                return Step.Leave;
            case RuleTarget.AddSrcToAddressList:
                PacketEffects.List(passage->Memory->Listed, passage->Packet, effect, isSource: true);
                Recur(recorder);
                return Step.Next;
            case RuleTarget.AddDstToAddressList:
                PacketEffects.List(passage->Memory->Listed, passage->Packet, effect, isSource: false);
                Recur(recorder);
                return Step.Next;
            case >= RuleTarget.MarkConnection and <= RuleTarget.StripIpv4Options:
                PacketEffects.Mangle(entry->Target, effect, passage->Packet, passage->Memory);
                Recur(recorder);
                if (effect == null || (effect->Flags & CompiledEffect.Passthrough) != 0)
                {
                    return Step.Next;
                }

                break;
        }

        passage->Verdict = passage->Verdict.Ended(entry->TargetAndTranslation, name);
        return Step.Decided;
    }

    /// <summary>What a rule does to every packet is not done by remembering that it was done to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Recur(PathRecorder* recorder)
    {
        if (recorder != null)
        {
            recorder->IsVolatile = true;
        }
    }

    /// <summary>The rules of a user chain. How deep chains jump the builder has bounded.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool Jump(Passage* passage, RuleChain chain)
    {
        CompiledChain* rules = ChainOf((RuleImage*)passage->Image, chain);
        if (rules->Form == RowForm.Empty)
        {
            return false;
        }

        Unsafe.SkipInit(out PacketRows rows);
        rows.Find(passage->Image, rules, chain, passage->Packet);
        return WalkChain(passage, chain, &rows);
    }

    /// <summary>Whether a packet meets every condition of a rule.</summary>
    static bool Meets(Passage* passage, RuleEntry* entry)
    {
        for (Condition* condition = (Condition*)(passage->Image + entry->Conditions); ; condition++)
        {
            if (passage->Memory->Recorder != null)
            {
                passage->Memory->Recorder->Asked(condition->Kind);
            }

            if (!Matching.Conditions.Holds(passage, condition, entry->CounterSlot))
            {
                return false;
            }

            if ((condition->Flags & Condition.Last) != 0)
            {
                return true;
            }
        }
    }
}

/// <summary>One packet on its way through chains. Lives on the stack of an evaluation.</summary>
unsafe struct Passage
{
    public byte* Image;
    public Packet* Packet;
    public RuleMemory* Memory;
    public RuleTrace* Trace;
    public RuleVerdict Verdict;

    /// <summary>The static lists of its source, null before anybody asked.</summary>
    public ulong* SrcLists;

    /// <summary>Those of its destination.</summary>
    public ulong* DstLists;

    public readonly bool IsIpv6 => Packet->Family == PacketFamily.Ipv6;
}
