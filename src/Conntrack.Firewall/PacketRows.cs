using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Packets;

namespace Conntrack.Firewall;

/// <summary>The row numbers of one packet, one for every axis. Lives on the stack of an evaluation.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct PacketRows
{
    uint _state;
    uint _protocol;
    uint _in;
    uint _out;
    uint _srcAddress;
    uint _dstAddress;
    uint _srcPort;
    uint _dstPort;

    /// <summary>Looks every value of the packet up. Two searches wait for memory side by side: nothing in them depends on a branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Find(byte* image, CompiledChain* rules, RuleChain chain, Packet* packet)
    {
        _state = ((uint*)(image + rules->StateRows))[(uint)packet->State & 7];
        _protocol = ((uint*)(image + rules->ProtocolRows))[packet->Protocol];
        _in = ((uint*)(image + rules->InRows))[Math.Min(packet->InInterface, rules->InLimit)];
        _out = ((uint*)(image + rules->OutRows))[Math.Min(packet->OutInterface, rules->OutLimit)];
        if (chain.IsIpv6())
        {
            ulong* addresses = (ulong*)(packet->Ip + 8);
            _srcAddress = Find6(image, &rules->SrcAddress, addresses);
            _dstAddress = Find6(image, &rules->DstAddress, addresses + 2);
        }
        else
        {
            _srcAddress = Find4(image, &rules->SrcAddress, BinaryPrimitives.ReverseEndianness(packet->Tuple.Src));
            _dstAddress = Find4(image, &rules->DstAddress, BinaryPrimitives.ReverseEndianness(packet->Tuple.Dst));
        }

        if (RuleImage.HasPorts(packet))
        {
            _srcPort = FindPort(image, &rules->SrcPort, BinaryPrimitives.ReverseEndianness(packet->Ports.SrcPort));
            _dstPort = FindPort(image, &rules->DstPort, BinaryPrimitives.ReverseEndianness(packet->Ports.DstPort));
        }
        else
        {
            _srcPort = rules->NoSrcPortRow;
            _dstPort = rules->NoDstPortRow;
        }
    }

    /// <summary>Form Word: the rules that match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong AndOfWords(ulong* rows) =>
        rows[_state] & rows[_protocol] & rows[_in] & rows[_out] & rows[_srcAddress] & rows[_dstAddress] & rows[_srcPort] & rows[_dstPort];

    /// <summary>Form Paged: the rows' pages.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PagesOf(RulePage* pages, uint* rowPages, uint rowLength, PacketPages* found)
    {
        found->State = pages + rowPages[_state * rowLength];
        found->Protocol = pages + rowPages[_protocol * rowLength];
        found->In = pages + rowPages[_in * rowLength];
        found->Out = pages + rowPages[_out * rowLength];
        found->SrcAddress = pages + rowPages[_srcAddress * rowLength];
        found->DstAddress = pages + rowPages[_dstAddress * rowLength];
        found->SrcPort = pages + rowPages[_srcPort * rowLength];
        found->DstPort = pages + rowPages[_dstPort * rowLength];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint FindPort(byte* image, IntervalAxis* axis, ushort port) =>
        axis->Count == 0 ? ((uint*)(image + axis->Rows))[port] : Find4(image, axis, port);

    /// <summary>The row of the last interval that begins at or below the value. The step is masked, not branched on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Find4(byte* image, IntervalAxis* axis, uint value)
    {
        uint* starts = (uint*)(image + axis->Starts);
        nuint at = 0;
        for (nuint count = axis->Count; count > 1;)
        {
            nuint half = count >> 1;
            long distance = (long)value - starts[at + half];
            at += half & (nuint)~(distance >> 63);
            count -= half;
        }

        return ((uint*)(image + axis->Rows))[at];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Find6(byte* image, IntervalAxis* axis, ulong* address)
    {
        ulong* starts = (ulong*)(image + axis->Starts);
        ulong high = BinaryPrimitives.ReverseEndianness(address[0]);
        ulong low = BinaryPrimitives.ReverseEndianness(address[1]);
        nuint at = 0;
        for (nuint count = axis->Count; count > 1;)
        {
            nuint half = count >> 1;
            ulong* start = starts + ((at + half) * 2);
            bool above = start[0] > high | (start[0] == high & start[1] > low);
            at += half & ((nuint)Unsafe.BitCast<bool, byte>(above) - 1);
            count -= half;
        }

        return ((uint*)(image + axis->Rows))[at];
    }
}

/// <summary>A packet's pages on every axis, for the same 4,096 bits.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct PacketPages
{
    public RulePage* State;
    public RulePage* Protocol;
    public RulePage* In;
    public RulePage* Out;
    public RulePage* SrcAddress;
    public RulePage* DstAddress;
    public RulePage* SrcPort;
    public RulePage* DstPort;

    /// <summary>The words that have a bit on every axis.</summary>
    public readonly ulong Summary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => State->Summary & Protocol->Summary & In->Summary & Out->Summary
            & SrcAddress->Summary & DstAddress->Summary & SrcPort->Summary & DstPort->Summary;
    }

    /// <summary>The rules of a word that match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong AndOfWords(ulong* leaves, int word)
    {
        int leaf = word / RulePage.WordsInLeaf;
        ulong* words = leaves + (word % RulePage.WordsInLeaf);
        return words[Leaf(State, leaf)] & words[Leaf(Protocol, leaf)] & words[Leaf(In, leaf)] & words[Leaf(Out, leaf)]
            & words[Leaf(SrcAddress, leaf)] & words[Leaf(DstAddress, leaf)] & words[Leaf(SrcPort, leaf)] & words[Leaf(DstPort, leaf)];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nuint Leaf(RulePage* page, int leaf) => (nuint)page->Leaves[leaf] * RulePage.WordsInLeaf;
}
