using System.Numerics;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// layer7-protocol: what the first packets of a connection carry, both directions in the order they come, is led through the automata of all
/// patterns at once, a byte a step. A connection remembers one state for each pattern and none of the bytes; nothing that traffic can carry
/// makes a step take longer.
/// </summary>
static unsafe class Layer7Search
{
    /// <summary>Where RouterOS gives up: packets of a connection, and bytes they carry.</summary>
    const uint MostPackets = 10, MostBytes = 2048;

    /// <summary>ICMP's header, or that of UDP.</summary>
    const uint ShortHeader = 8;

    /// <summary>Whether a pattern has been found in the packet's connection until now.</summary>
    public static bool Finds(Passage* passage, int pattern)
    {
        Packet* packet = passage->Packet;
        RuleMemory* memory = passage->Memory;
        var connection = (Connection*)packet->Connection;
        ExtensionSlab* slab = passage->IsIpv6 ? memory->Extensions6 : memory->Extensions4;
        if (connection == null || slab == null)
        {
            return false;
        }

        var set = (Layer7Set*)(passage->Image + ((RuleImage*)passage->Image)->Layer7);
        bool looks = connection->Packets[0] + (ulong)connection->Packets[1] <= MostPackets;
        Layer7State* state = StateOf(connection, slab, set, packet, looks, out bool isNew);
        if (state == null || state->Edition != set->Edition)
        {
            return false;
        }

        if (looks && (isNew || state->Packet != packet->Number))
        {
            state->Packet = packet->Number;
            Follow(passage->Image, set, state, slab, packet);
        }

        return (state->Found >> pattern & 1) != 0;
    }

    /// <summary>Null where there is nothing to know: nobody asked in time, or there is no memory.</summary>
    static Layer7State* StateOf(Connection* connection, ExtensionSlab* slab, Layer7Set* set, Packet* packet, bool begins, out bool isNew)
    {
        isNew = false;
        if (connection->Extension == 0 && (!begins || (connection->Extension = slab->Take()) == 0))
        {
            return null;
        }

        Extension* extension = slab->At(connection->Extension);
        if (extension->Layer7 != 0)
        {
            return (Layer7State*)slab->At(extension->Layer7);
        }

        if (!begins || (extension->Layer7 = slab->Take()) == 0)
        {
            return null;
        }

        isNew = true;
        Layer7State* state = (Layer7State*)slab->At(extension->Layer7);
        state->Edition = set->Edition;
        int count = 64 - BitOperations.LeadingZeroCount(set->Present);
        for (int more = 0; Layer7State.FirstStates + (more * Layer7State.MoreStates) < count; more++)
        {
            state->More[more] = slab->Take();
        }

        for (ulong rest = set->Present; rest != 0; rest &= rest - 1)
        {
            ushort* one = Layer7State.At(state, slab, BitOperations.TrailingZeroCount(rest));
            if (one != null)
            {
                *one = Layer7Automaton.First;
            }
        }

        return state;
    }

    /// <summary>Leads a packet's bytes through every automaton that still hopes.</summary>
    static void Follow(byte* image, Layer7Set* set, Layer7State* state, ExtensionSlab* slab, Packet* packet)
    {
        ReadOnlySpan<byte> text = TextOf(packet);
        text = text[..(int)Math.Min((uint)text.Length, MostBytes - state->Bytes)];
        state->Bytes += (ushort)text.Length;
        for (ulong rest = set->Present & ~state->Found; rest != 0; rest &= rest - 1)
        {
            int pattern = BitOperations.TrailingZeroCount(rest);
            ushort* one = Layer7State.At(state, slab, pattern);
            if (one == null || *one == Layer7Automaton.NoHope)
            {
                continue;
            }

            var automaton = (Layer7Automaton*)(image + set->Automata[pattern]);
            *one = Run(automaton, (ushort*)(image + automaton->Next), *one, text);
            if ((image + automaton->Ends)[*one] != 0)
            {
                state->Found |= 1ul << pattern;
            }
        }
    }

    /// <summary>Zeros are left out: patterns are text, and those that people have were written for a search that stops at none.</summary>
    static ushort Run(Layer7Automaton* automaton, ushort* next, uint at, ReadOnlySpan<byte> text)
    {
        uint columns = automaton->ClassCount;
        foreach (byte letter in text)
        {
            if (letter != 0)
            {
                at = next[(at * columns) + automaton->Classes[letter]];
                if (at == Layer7Automaton.NoHope)
                {
                    break;
                }
            }
        }

        return (ushort)at;
    }

    /// <summary>What stands behind the transport header, as far as the packet's first buffer reaches.</summary>
    static ReadOnlySpan<byte> TextOf(Packet* packet)
    {
        if (packet->Transport == null || (packet->Marks & (PacketMarks.LaterFragment | PacketMarks.TransportMalformed)) != 0)
        {
            return [];
        }

        uint header = packet->Protocol == IpProtocol.Tcp ? ((TcpHeader*)packet->Transport)->HeaderLength : ShortHeader;
        uint before = (uint)(packet->Transport - packet->Ip) + header;
        uint reachable = Conditions.Reachable(packet);
        bool speaks = packet->Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Icmp or IpProtocol.Icmpv6;
        return speaks && reachable > before ? new(packet->Ip + before, (int)(reachable - before)) : [];
    }
}
