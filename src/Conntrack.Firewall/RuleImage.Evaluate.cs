using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Conntrack.Packets;

namespace Conntrack.Firewall;

/// <content>
/// Evaluation. First the packet's row on every axis, then the AND of the rows. Cost does not follow the number of rules: lookups grow
/// with its logarithm, and of the AND only those words are looked at that have a bit on every axis.
/// </content>
public unsafe partial struct RuleImage
{
    /// <summary>Protocols with ports; all but SCTP and UDP-Lite have their bit in one word.</summary>
    const ulong PortProtocols = (1ul << IpProtocol.Tcp) | (1ul << IpProtocol.Udp) | (1ul << IpProtocol.Dccp);

    /// <summary>Passes a packet through a chain and counts it for every rule that matches, up to the one that decides.</summary>
    /// <param name="image">The rules.</param>
    /// <param name="chain">The chain; of the packet's family.</param>
    /// <param name="packet">
    /// Parsed; Ip, Tuple, Marks, Protocol, State, both interfaces and the flags of its connection are read. A packet not tracked yet has state
    /// None, which is in no set of states, and no connection: null.
    /// </param>
    /// <param name="memory">This worker's: its counters, at least <see cref="SlotCount"/>, and what rules with a memory keep.</param>
    /// <param name="trace">Takes every rule that counted; null when nobody asks.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleVerdict Evaluate(RuleImage* image, RuleChain chain, Packet* packet, RuleMemory* memory, RuleTrace* trace) =>
        ChainOf(image, chain)->Form == RowForm.Empty ? RuleVerdict.Accepted : Classify(image, chain, packet, memory, trace);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    static RuleVerdict Classify(RuleImage* image, RuleChain chain, Packet* packet, RuleMemory* memory, RuleTrace* trace)
    {
        Debug.Assert(packet->Family == (chain.IsIpv6() ? PacketFamily.Ipv6 : PacketFamily.Ipv4), "A chain sees packets of its family.");
        CompiledChain* rules = ChainOf(image, chain);
        Unsafe.SkipInit(out PacketRows rows);
        rows.Find((byte*)image, rules, chain, packet);
        if (rules->Form == RowForm.Word)
        {
            return MatchWord((byte*)image, rules, &rows, new Sink(chain, packet->IpLength, memory, trace));
        }

        return rules->Form == RowForm.Paged
            ? MatchPages((byte*)image, rules, &rows, new Sink(chain, packet->IpLength, memory, trace))
            : Walk(image, chain, &rows, packet, memory, trace);
    }

    static RuleVerdict MatchWord(byte* image, CompiledChain* rules, PacketRows* rows, Sink sink)
    {
        ulong matched = rows->AndOfWords((ulong*)(image + rules->Rows));
        if (matched == 0)
        {
            return RuleVerdict.Accepted;
        }

        RuleEntry* entries = (RuleEntry*)(image + rules->Entries);
        RuleVerdict verdict = RuleVerdict.Accepted;
        ulong deciding = matched & rules->Terminal;

        // Bits below the first deciding one; all of them when there is none.
        ulong passing = matched & ~rules->Terminal & (deciding ^ (deciding - 1));
        for (; passing != 0; passing &= passing - 1)
        {
            RuleEntry* entry = entries + BitOperations.TrailingZeroCount(passing);
            sink.Count(entry);
            verdict = verdict.Marked(entry->Target);
        }

        return deciding == 0 ? verdict : Decide(verdict, entries + BitOperations.TrailingZeroCount(deciding), sink);
    }

    /// <summary>
    /// Rules that decide come first, then those that only count. Within a word bits are in the chain's order, and words are in the order of
    /// their first rule; so the first bit of a word is its earliest match, and a word that begins behind the best match so far ends the
    /// search.
    /// </summary>
    [SkipLocalsInit]
    static RuleVerdict MatchPages(byte* image, CompiledChain* rules, PacketRows* rows, Sink sink)
    {
        RuleEntry* entries = (RuleEntry*)(image + rules->Entries);
        ulong* leaves = (ulong*)(image + rules->Leaves);
        RulePage* pages = (RulePage*)(image + rules->Pages);
        nuint rowPages = rules->RowPages;
        nuint numbers = rowPages * sizeof(ulong);
        uint best = RuleEntry.None;
        RuleEntry* deciding = null;
        PacketPages found;
        rows->PagesOf(image + rules->Rows, rules, &found);
        for (nuint page = 0; page < rules->TerminalPages; page++)
        {
            for (ulong summary = found.Summary(page); summary != 0; summary &= summary - 1)
            {
                uint word = (uint)BitOperations.TrailingZeroCount(summary);
                RuleEntry* first = entries + (page * RulePage.BitCount) + (word * 64);
                if (first->Number >= best)
                {
                    page = rules->TerminalPages;
                    break;
                }

                ulong matched = found.Match(leaves, pages, numbers + (page * sizeof(uint)), word);
                if (matched != 0)
                {
                    RuleEntry* entry = first + BitOperations.TrailingZeroCount(matched);
                    deciding = entry->Number < best ? entry : deciding;
                    best = Math.Min(entry->Number, best);
                }
            }
        }

        RuleVerdict verdict = RuleVerdict.Accepted;
        uint traced = sink.Traced, recorded = sink.Recorded;
        for (nuint page = rules->TerminalPages; page < rowPages; page++)
        {
            for (ulong summary = found.Summary(page); summary != 0; summary &= summary - 1)
            {
                uint word = (uint)BitOperations.TrailingZeroCount(summary);
                RuleEntry* first = entries + (page * RulePage.BitCount) + (word * 64);
                if (first->Number >= best)
                {
                    page = rowPages;
                    break;
                }

                ulong matched = found.Match(leaves, pages, numbers + (page * sizeof(uint)), word);
                for (; matched != 0; matched &= matched - 1)
                {
                    RuleEntry* entry = first + BitOperations.TrailingZeroCount(matched);
                    if (entry->Number < best)
                    {
                        sink.Count(entry);
                        verdict = verdict.Marked(entry->Target);
                    }
                }
            }
        }

        sink.SortFrom(traced, recorded);
        return deciding == null ? verdict : Decide(verdict, deciding, sink);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RuleVerdict Decide(RuleVerdict verdict, RuleEntry* entry, Sink sink)
    {
        sink.Count(entry);
        return verdict.Decided(entry->TargetAndTranslation, sink.EntryOf(entry));
    }

    /// <summary>Where a match is counted.</summary>
    readonly struct Sink(RuleChain chain, uint bytes, RuleMemory* memory, RuleTrace* trace)
    {
        public uint EntryOf(RuleEntry* entry) => RuleTrace.Entry(chain, entry->Number);

        public uint Traced => trace == null ? 0 : trace->Count;

        public uint Recorded => memory->Recorder == null ? 0 : memory->Recorder->Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Count(RuleEntry* entry)
        {
            RuleCounters* counter = memory->Counters + entry->CounterSlot;
            counter->Packets++;
            counter->Bytes += bytes;
            if (trace != null)
            {
                trace->Add(chain, entry->Number);
            }

            if (memory->Recorder != null)
            {
                memory->Recorder->Add(entry->CounterSlot, EntryOf(entry));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void SortFrom(uint firstTraced, uint firstRecorded)
        {
            if (trace != null)
            {
                trace->SortFrom(firstTraced);
            }

            if (memory->Recorder != null)
            {
                memory->Recorder->SortFrom(firstRecorded);
            }
        }
    }

    /// <summary>True when the packet's ports are ports: not of later fragments, nor of a header too short to hold them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool HasPorts(Packet* packet)
    {
        uint protocol = packet->Protocol;
        bool speaksOfPorts = protocol < 64 ? (PortProtocols >> (int)protocol & 1) != 0 : protocol is IpProtocol.Sctp or IpProtocol.UdpLite;

        // Parse leaves both ports zero when the header is cut off before their end.
        bool cutOff = (packet->Marks & PacketMarks.TransportMalformed) != 0 & packet->Ports.Ports == 0;
        return speaksOfPorts & (packet->Marks & PacketMarks.LaterFragment) == 0 & !cutOff;
    }
}
