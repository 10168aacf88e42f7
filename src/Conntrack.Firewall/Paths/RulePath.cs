using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Firewall.Paths;

/// <summary>
/// A way through a chain that packets of an established connection take again and again: every rule that counts them on it, and what is decided
/// at its end. Connections whose packets go the same way share it.
/// </summary>
/// <remarks><code>
///  0 verdict (8)    8 key (8): in-interface, out-interface, chain, connection-mark (2 each)
/// 16 rules (4)     20 next of its bucket (2)   22 spare (2)
/// 24 counter slots (8 × 4)                                       what a packet needs is one line
/// 64 rules by name, <see cref="RuleTrace.Entry"/> (8 × 4)        what a trace needs is the other
/// 128
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RulePath
{
    public const int ByteSize = 128;

    /// <summary>Rules that count on a way at most; a longer one is evaluated packet by packet.</summary>
    public const int MostRules = 8;

    [FieldOffset(0)] internal RuleVerdict Verdict;

    /// <summary>What of a packet may be another one tomorrow although it is of the same connection and direction.</summary>
    [FieldOffset(8)] internal ulong Key;

    [FieldOffset(16)] internal uint Count;
    [FieldOffset(20)] internal ushort Next;
    [FieldOffset(24)] internal fixed uint Slots[MostRules];
    [FieldOffset(64)] internal fixed uint Rules[MostRules];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong KeyOf(RuleChain chain, Packet* packet, ushort mark) =>
        packet->Interfaces | ((ulong)chain << 32) | ((ulong)mark << 48);

    /// <summary>Counts packets for every rule of the way.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void CountOn(RulePath* path, uint packets, ulong bytes, RuleCounters* counters)
    {
        for (uint i = 0; i < path->Count; i++)
        {
            RuleCounters* counter = counters + path->Slots[i];
            counter->Packets += packets;
            counter->Bytes += bytes;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Trace(RulePath* path, RuleTrace* trace)
    {
        for (uint i = 0; i < path->Count; i++)
        {
            (RuleChain chain, uint number) = RuleTrace.Parts(path->Rules[i]);
            trace->Add(chain, number);
        }
    }
}
