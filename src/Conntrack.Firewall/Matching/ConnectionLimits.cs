using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// connection-limit: how many connections of a source's network are alive among those that the rule was asked for, as xt_connlimit counts. A
/// TCP connection that has been closed is none any more, although its record stays a while.
/// </summary>
static unsafe class ConnectionLimits
{
    /// <summary>Whether the packet's connection is one too many. What there is no room to count is.</summary>
    public static bool IsExceeded(Passage* passage, Condition* condition)
    {
        RuleMemory* memory = passage->Memory;
        Packet* packet = passage->Packet;
        var connection = (Connection*)packet->Connection;
        ExtensionSlab* slab = passage->IsIpv6 ? memory->Extensions6 : memory->Extensions4;
        ulong key = KeyOf(passage, condition);
        if (connection == null || slab == null)
        {
            return ConnectionCounts.Of(memory->Counts, key) + 1ul > condition->FirstValue;
        }

        if (ConnectionCounts.IsOver(connection))
        {
            if (connection->Extension != 0)
            {
                ConnectionCounts.Leave(memory->Counts, slab, slab->At(connection->Extension));
            }

            return ConnectionCounts.Of(memory->Counts, key) + 1ul > condition->FirstValue;
        }

        uint count = ConnectionCounts.Enter(memory->Counts, slab, connection, key);
        return count == ConnectionCounts.NoRoom || count > condition->FirstValue;
    }

    static ulong KeyOf(Passage* passage, Condition* condition)
    {
        Packet* packet = passage->Packet;
        int prefix = condition->Small;
        ulong high = 0, low;
        if (passage->IsIpv6)
        {
            high = BinaryPrimitives.ReverseEndianness(*(ulong*)(packet->Ip + 8)) & Mask(prefix);
            low = BinaryPrimitives.ReverseEndianness(*(ulong*)(packet->Ip + 16)) & Mask(prefix - 64);
        }
        else
        {
            low = BinaryPrimitives.ReverseEndianness(packet->Tuple.Src) & (Mask(prefix) >> 32);
        }

        return KeyedHash.Of(passage->Memory->HashKey, high, low, condition->Extra | ((ulong)prefix << 32));
    }

    /// <summary>The highest bits of a word: none for 0 and less, all for 64 and more.</summary>
    static ulong Mask(int bits) => bits <= 0 ? 0 : bits >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - bits);
}
