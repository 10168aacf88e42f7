using System.Buffers.Binary;
using Conntrack.Firewall.Lists;
using Conntrack.Firewall.Matching;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;

namespace Conntrack.Firewall;

/// <summary>What rules do to packets, connections and lists while the packet passes them. Checksums follow incrementally (RFC 1624).</summary>
static unsafe class PacketEffects
{
    /// <summary>IP and TCP headers without options: what a segment size leaves out.</summary>
    const int Headers4 = 40, Headers6 = 60;

    const byte NoOperation = 1;

    /// <summary>Lists an address of the packet.</summary>
    public static void List(ListedAddresses* listed, Packet* packet, CompiledEffect* effect, bool isSource)
    {
        byte* address = isSource ? ListMembership.Source(packet) : ListMembership.Destination(packet);
        ListedAddresses.Add(listed, effect->Value, packet->Family, address, (ListedFor)effect->Mode, effect->TimeoutTicks, packet->Time);
    }

    /// <summary>Writes the packet into the worker's log; into none where nobody reads it.</summary>
    public static void Log(RuleLog* log, Packet* packet, uint rule, uint prefix)
    {
        RuleLogRecord* record = log == null ? null : RuleLog.Next(log);
        if (record == null)
        {
            return;
        }

        *record = new RuleLogRecord
        {
            Time = packet->Time,
            Number = packet->Number,
            Rule = rule,
            Prefix = prefix,
            InInterface = packet->InInterface,
            OutInterface = packet->OutInterface,
            Length = packet->IpLength,
            Family = packet->Family,
            Protocol = packet->Protocol,
            TcpFlags = packet->TcpFlags,
            State = packet->State,
        };
        Describe(record, packet);
        if (packet->Family == PacketFamily.Ipv6)
        {
            Buffer.MemoryCopy(packet->Ip + 8, record->Addresses, 32, 32);
        }
        else
        {
            *(uint*)record->Addresses = packet->Tuple.Src;
            *(uint*)(record->Addresses + 16) = packet->Tuple.Dst;
        }

        RuleLog.Written(log);
    }

    /// <summary>What not every packet has.</summary>
    static void Describe(RuleLogRecord* record, Packet* packet)
    {
        if (RuleImage.HasPorts(packet))
        {
            record->Ports = packet->Ports.Ports;
        }
        else if (Conditions.IsIcmp(packet))
        {
            record->Ports = (uint)*(ushort*)packet->Transport << 16;
        }

        if (packet->LinkLength >= EthernetHeader.ByteSize)
        {
            new ReadOnlySpan<byte>(packet->Ip - packet->LinkLength + 6, 6).CopyTo(new Span<byte>(record->SrcMac, 6));
        }

        if (packet->Connection != null)
        {
            ConnectionFlags flags = ((Connection*)packet->Connection)->Flags;
            record->NatState = ((flags & ConnectionFlags.SrcNat) != 0 ? RuleNatStates.SrcNat : RuleNatStates.None)
                | ((flags & ConnectionFlags.DstNat) != 0 ? RuleNatStates.DstNat : RuleNatStates.None);
        }
    }

    /// <summary>Does what a target of the mangle table says.</summary>
    public static void Mangle(RuleTarget target, CompiledEffect* effect, Packet* packet, RuleMemory* memory)
    {
        bool isIpv6 = packet->Family == PacketFamily.Ipv6;
        switch (target)
        {
            case RuleTarget.MarkConnection:
                if (packet->Connection != null)
                {
                    ((Connection*)packet->Connection)->Mark = effect->Value;
                }

                break;
            case RuleTarget.MarkPacket:
                packet->PacketMark = effect->Value;
                break;
            case RuleTarget.MarkRouting:
                packet->RoutingMark = effect->Value;
                break;
            case RuleTarget.SetPriority:
                packet->Priority = (byte)(effect->Value + 1);
                break;
            case RuleTarget.ChangeDscp:
                ChangeDscp(packet->Ip, effect->Value, isIpv6);
                break;
            case RuleTarget.ChangeTtl:
                ChangeTtl(packet->Ip, (TtlChange)effect->Mode, effect->Value, isIpv6);
                break;
            case RuleTarget.ChangeMss:
                ChangeMss(packet, effect->Value, memory);
                break;
            case RuleTarget.ClearDf when !isIpv6:
                ref ushort fragment = ref ((Ipv4Header*)packet->Ip)->Fragment;
                Change4(packet->Ip, ref fragment, (ushort)(fragment & ~Ipv4Header.DontFragment));
                break;
            case RuleTarget.StripIpv4Options when !isIpv6:
                StripOptions(packet->Ip, Ipv4OptionList.HeaderLength(packet));
                break;
        }
    }

    static void ChangeDscp(byte* ip, ushort value, bool isIpv6)
    {
        if (isIpv6)
        {
            // Behind the version: class (8) and label (20). The upper six bits of the class are the code point (RFC 2474 3).
            uint word = BinaryPrimitives.ReverseEndianness(*(uint*)ip);
            *(uint*)ip = BinaryPrimitives.ReverseEndianness((word & ~(63u << 22)) | ((uint)value << 22));
            return;
        }

        ref ushort field = ref *(ushort*)ip;
        Change4(ip, ref field, (ushort)((field & 0x03ff) | (value << 10)));
    }

    static void ChangeTtl(byte* ip, TtlChange change, ushort value, bool isIpv6)
    {
        byte* hops = ip + (isIpv6 ? 7 : 8);
        byte after = change switch
        {
            TtlChange.Set => (byte)value,
            TtlChange.Increment => (byte)Math.Min(*hops + value, byte.MaxValue),
            _ => (byte)Math.Max(*hops - value, 0),
        };
        if (isIpv6)
        {
            *hops = after;
            return;
        }

        ref ushort field = ref *(ushort*)hops;
        Change4(ip, ref field, (ushort)((field & 0xff00) | after));
    }

    /// <summary>A word of an IPv4 header at an even offset.</summary>
    static void Change4(byte* ip, ref ushort field, ushort after)
    {
        var header = (Ipv4Header*)ip;
        ushort before = field;
        if (before != after)
        {
            field = after;
            header->Checksum = ChecksumUpdate.Apply(header->Checksum, ChecksumUpdate.Delta16(before, after));
        }
    }

    static void StripOptions(byte* ip, uint length)
    {
        for (uint at = Ipv4Header.ByteSize; at < length; at += 2)
        {
            Change4(ip, ref *(ushort*)(ip + at), NoOperation | (NoOperation << 8));
        }
    }

    /// <summary>Only ever lowers it, as Linux does: who announced less takes no more. A SYN that says nothing stays as it is.</summary>
    static void ChangeMss(Packet* packet, ushort value, RuleMemory* memory)
    {
        if (!Conditions.HasTcp(packet) || (packet->TcpFlags & TcpHeader.Syn) == 0)
        {
            return;
        }

        uint most = value == 0 ? PathMss(packet, memory) : value;
        uint before = TcpOptions.MssOf(packet, out uint offset);
        if (before == TcpOptions.None || most >= before)
        {
            return;
        }

        byte* field = packet->Transport + offset;
        ushort old = *(ushort*)field, now = BinaryPrimitives.ReverseEndianness((ushort)most);
        *(ushort*)field = now;

        // At an odd offset its bytes are halves of two words: they count swapped (RFC 1071 2 B).
        ushort delta = ChecksumUpdate.Delta16(old, now);
        delta = (offset & 1) != 0 ? BinaryPrimitives.ReverseEndianness(delta) : delta;
        var header = (TcpHeader*)packet->Transport;
        header->Checksum = ChecksumUpdate.Apply(header->Checksum, delta);
    }

    /// <summary>What fits into both links, the one it came by and the one it leaves by.</summary>
    static uint PathMss(Packet* packet, RuleMemory* memory)
    {
        uint mtu = ushort.MaxValue;
        if (memory->Interfaces != null)
        {
            mtu = packet->OutInterface == Packet.NoInterface ? mtu : Math.Min(mtu, memory->Interfaces[packet->OutInterface].Mtu);
            mtu = packet->InInterface == Packet.NoInterface ? mtu : Math.Min(mtu, memory->Interfaces[packet->InInterface].Mtu);
        }

        int headers = packet->Family == PacketFamily.Ipv6 ? Headers6 : Headers4;
        return (uint)Math.Max((int)mtu - headers, 1);
    }
}
