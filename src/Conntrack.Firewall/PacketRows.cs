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

    /// <summary>Looks every value of the packet up. Nothing in the searches branches on what they find, so they run side by side.</summary>
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
            _srcAddress = IntervalAxis.Row6(image, &rules->SrcAddress, addresses);
            _dstAddress = IntervalAxis.Row6(image, &rules->DstAddress, addresses + 2);
        }
        else
        {
            _srcAddress = IntervalAxis.Row4(image, &rules->SrcAddress, BinaryPrimitives.ReverseEndianness(packet->Tuple.Src));
            _dstAddress = IntervalAxis.Row4(image, &rules->DstAddress, BinaryPrimitives.ReverseEndianness(packet->Tuple.Dst));
        }

        if (RuleImage.HasPorts(packet))
        {
            _srcPort = IntervalAxis.RowOfPort(image, &rules->SrcPort, BinaryPrimitives.ReverseEndianness(packet->Ports.SrcPort));
            _dstPort = IntervalAxis.RowOfPort(image, &rules->DstPort, BinaryPrimitives.ReverseEndianness(packet->Ports.DstPort));
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
