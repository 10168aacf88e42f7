using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall;

/// <summary>
/// Every rule that counted a packet on its way through several chains, in order. Replay keeps one for each packet of a burst.
/// </summary>
/// <remarks><code>
///  0 count (4)   4 missed (4)   8 entries (254 × 4), each: chain (12 high bits) | number (20 low bits)
/// 1024
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RuleTrace
{
    public const int ByteSize = 1024;

    /// <summary>Rules a trace holds; more are counted in <see cref="Missed"/>.</summary>
    public const int Capacity = 254;

    /// <summary>The highest <see cref="RuleSpec.Number"/> a trace can name.</summary>
    public const uint MostNumber = (1u << ChainShift) - 1;

    internal const int ChainShift = 20;

    [FieldOffset(0)] public uint Count;

    /// <summary>Rules that counted the packet after the trace was full.</summary>
    [FieldOffset(4)] public uint Missed;

    [FieldOffset(8)] fixed uint _entries[Capacity];

    /// <summary>Stands for "no rule" among entries.</summary>
    public const uint NoRule = uint.MaxValue;

    /// <summary>Chain and number of a rule in one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Entry(RuleChain chain, uint number) => ((uint)chain << ChainShift) | number;

    /// <summary>The two halves of an <see cref="Entry"/>.</summary>
    public static (RuleChain Chain, uint Number) Parts(uint entry) => ((RuleChain)(entry >> ChainShift), entry & MostNumber);

    /// <summary>Forgets the packet before.</summary>
    public void Clear()
    {
        Count = 0;
        Missed = 0;
    }

    /// <summary>The <paramref name="index"/>-th rule that counted, below <see cref="Count"/>.</summary>
    public readonly (RuleChain Chain, uint Number) this[int index] =>
        Parts(_entries[index]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Add(RuleChain chain, uint number)
    {
        if (Count == Capacity)
        {
            Missed++;
            return;
        }

        _entries[Count++] = Entry(chain, number);
    }

    /// <summary>
    /// Restores the order of the chain from entry <paramref name="first"/> on: a large chain counts rules in the order of its bits. Plain
    /// insertion, a trace is short and replay is patient.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void SortFrom(uint first)
    {
        for (uint i = first + 1; i < Count; i++)
        {
            uint entry = _entries[i];
            uint at = i;
            for (; at > first && _entries[at - 1] > entry; at--)
            {
                _entries[at] = _entries[at - 1];
            }

            _entries[at] = entry;
        }
    }
}
