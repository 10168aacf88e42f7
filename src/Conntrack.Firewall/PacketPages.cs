using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall;

/// <summary>A packet's rows in a chain of many rules, one for every axis. Lives on the stack of an evaluation.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct PacketPages
{
    public byte* State;
    public byte* Protocol;
    public byte* In;
    public byte* Out;
    public byte* SrcAddress;
    public byte* DstAddress;
    public byte* SrcPort;
    public byte* DstPort;

    /// <summary>The words of a page that have a bit on every axis.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Summary(nuint page)
    {
        nuint at = page * sizeof(ulong);
        return Word(State, at) & Word(Protocol, at) & Word(In, at) & Word(Out, at)
            & Word(SrcAddress, at) & Word(DstAddress, at) & Word(SrcPort, at) & Word(DstPort, at);
    }

    /// <summary>The rules of one word that match.</summary>
    /// <param name="leaves">The chain's leaves.</param>
    /// <param name="pages">The chain's pages.</param>
    /// <param name="number">Where in a row the page's number stands.</param>
    /// <param name="word">The word of the page.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Match(ulong* leaves, RulePage* pages, nuint number, uint word)
    {
        nuint leaf = word / RulePage.WordsInLeaf;
        ulong* words = leaves + (word % RulePage.WordsInLeaf);
        return words[Leaf(State, pages, number, leaf)] & words[Leaf(Protocol, pages, number, leaf)]
            & words[Leaf(In, pages, number, leaf)] & words[Leaf(Out, pages, number, leaf)]
            & words[Leaf(SrcAddress, pages, number, leaf)] & words[Leaf(DstAddress, pages, number, leaf)]
            & words[Leaf(SrcPort, pages, number, leaf)] & words[Leaf(DstPort, pages, number, leaf)];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Word(byte* row, nuint at) => *(ulong*)(row + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nuint Leaf(byte* row, RulePage* pages, nuint number, nuint leaf) =>
        (nuint)pages[*(uint*)(row + number)].Leaves[leaf] * RulePage.WordsInLeaf;
}
