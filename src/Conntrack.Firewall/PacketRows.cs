using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Firewall.Compilation;
using Conntrack.Packets;
using Conntrack.Tracking;

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
        _state = ((uint*)(image + rules->StateRows))[((uint)packet->State & 7) | NatStateOf(packet)];
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

    /// <summary>How the packet's connection is translated, above the bits of its state. The line of its flags was asked for by Track.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint NatStateOf(Packet* packet)
    {
        const ConnectionFlags Nat = ConnectionFlags.SrcNat | ConnectionFlags.DstNat;
        const int Shift = 7 - RuleAxis.StateBits;
        var connection = (Connection*)packet->Connection;
        return connection == null ? 0 : (uint)(connection->Flags & Nat) >> Shift;
    }

    /// <summary>Form Word: the rules that match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong AndOfWords(ulong* rows) =>
        rows[_state] & rows[_protocol] & rows[_in] & rows[_out] & rows[_srcAddress] & rows[_dstAddress] & rows[_srcPort] & rows[_dstPort];

    /// <summary>Form Paged: where the rows lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PagesOf(byte* rows, CompiledChain* rules, PacketPages* found)
    {
        nuint bytes = rules->RowBytes;
        found->State = rows + (_state * bytes);
        found->Protocol = rows + (_protocol * bytes);
        found->In = rows + (_in * bytes);
        found->Out = rows + (_out * bytes);
        found->SrcAddress = rows + (_srcAddress * bytes);
        found->DstAddress = rows + (_dstAddress * bytes);
        found->SrcPort = rows + (_srcPort * bytes);
        found->DstPort = rows + (_dstPort * bytes);
    }
}
