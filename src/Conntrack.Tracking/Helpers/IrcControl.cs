using System.Buffers.Binary;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Rewriting;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Reads what an IRC client sends for requests to connect to it. They are for somebody whom the server knows, so whoever comes to the port is expected.
/// </summary>
static unsafe class IrcControl
{
    const int MostRequests = 4;

    /// <summary>Reads a packet. True when its data is not what it was.</summary>
    public static bool Read<TRecord>(ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (packet->Direction != 0 || packet->Family != PacketFamily.Ipv4)
        {
            return false;
        }

        bool changed = false;
        int place = 0, growth = 0;
        uint sequence = BinaryPrimitives.ReverseEndianness(((TcpHeader*)packet->Transport)->Sequence);
        for (int requests = 0; requests < MostRequests && PayloadRewrite.TryView(packet, out byte* data, out int length) && place < length; requests++)
        {
            bool found = IrcMessage.TryFind(new ReadOnlySpan<byte>(data + place, length - place), out Announcement announcement, out int read, out bool isMalformed);
            work.Counters->Malformed += isMalformed ? 1u : 0;
            if (found)
            {
                work.Counters->Parsed++;
                int longer = Announce(table, packet, state, work, announcement, place, ref changed);
                growth += longer;
                read += longer;
            }

            place += read;
        }

        HelperState.ShiftOf(state, 0)->Note(sequence, growth);
        return changed;
    }

    static int Announce<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, in Announcement announcement, int place, ref bool changed)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Expectation expected = Announcing.Like(table, packet, 1, Announcing.DataTimeout);
        expected.Helper = HelperKind.Irc;
        expected.Protocol = IpProtocol.Tcp;
        expected.Marks &= ~ExpectationMarks.HasSource;

        // A client may know under which address it is seen.
        if (announcement.Address != expected.LeavesDst && announcement.Address != expected.Dst)
        {
            work.Counters->Refused++;
            return 0;
        }

        ushort port = Announcing.Expect(table, packet, state, work, expected, announcement.Port);
        if (port == 0 || (port == announcement.Port && announcement.Address == expected.Dst))
        {
            return 0;
        }

        Span<byte> text = stackalloc byte[IrcMessage.LongestText];
        int length = IrcMessage.Write(text, (uint)expected.Dst, port);
        if (!PayloadRewrite.TryReplace(packet, place + announcement.Start, announcement.Length, text[..length], work.MostBytes))
        {
            work.Counters->LeftAlone++;
            return 0;
        }

        changed = true;
        return length - announcement.Length;
    }
}
