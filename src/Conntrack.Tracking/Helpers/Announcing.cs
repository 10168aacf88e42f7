using System.Buffers.Binary;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Helpers;

/// <summary>
/// Makes expectations of what helpers have read. As in nf_nat, the connection expected is translated as its master: it comes in as the master's
/// packets of its direction do, and leaves as they leave, but for the port.
/// </summary>
static unsafe class Announcing
{
    /// <summary>How long a data connection may be expected: five minutes, as in nf_conntrack.</summary>
    public const uint DataTimeout = 300 * Timestamp.TicksPerSecond;

    /// <summary>Ports tried when another connection's expectation has the announced one.</summary>
    const int MostTries = 32;

    /// <summary>What a connection in a direction of its master looks like; protocol, helper and ports of it are left to be said.</summary>
    /// <param name="table">The master's table.</param>
    /// <param name="packet">The packet that announces it.</param>
    /// <param name="direction">In which direction of the master it is opened.</param>
    /// <param name="timeout">Ticks that it may take to begin.</param>
    public static Expectation Like<TRecord>(ConnectionTable<TRecord> table, Packet* packet, int direction, uint timeout)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* record = table.At(packet->Record);
        Connection* master = TRecord.ConnectionOf(record);
        ExpectationMarks marks = ExpectationMarks.HasSource;
        if (Translator.IsTranslated(master))
        {
            marks |= ExpectationMarks.FollowsMaster;
            bool masqueraded = direction == 0 && (master->Flags & ConnectionFlags.Masqueraded) != 0;
            marks |= masqueraded ? ExpectationMarks.Masqueraded : ExpectationMarks.None;
        }

        Expectation expected = new()
        {
            Deadline = Timestamp.Tick(packet->Time) + timeout,
            Family = packet->Family,
            Marks = marks,
            Src = TRecord.SrcOf(record, direction),
            Dst = TRecord.DstOf(record, direction),
            LeavesSrc = TRecord.DstOf(record, 1 - direction),
            LeavesDst = TRecord.SrcOf(record, 1 - direction),
            Mark = master->Mark,
        };
        expected.BelongTo(master, table.DeadlineOf(packet->Record));
        return expected;
    }

    /// <summary>
    /// Expects a connection to a port that a packet's sender has announced, at the address it is seen under. The same port if nobody else waits for
    /// it there, else another one, where the text can say so because the address is translated.
    /// </summary>
    /// <param name="table">The master's table.</param>
    /// <param name="packet">The packet that announces it.</param>
    /// <param name="state">The helper's state.</param>
    /// <param name="work">The rest.</param>
    /// <param name="expected">From <see cref="Like"/>, protocol and helper set.</param>
    /// <param name="asked">The announced port, host order.</param>
    /// <returns>The port to be announced, host order; 0 when the connection cannot be expected.</returns>
    public static ushort Expect<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, HelperState* state, in HelperWork work, Expectation expected, ushort asked)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        ushort* announced = state->Announced + (2 * packet->Direction);
        bool again = announced[0] == asked && announced[1] != 0;
        uint spread = 0;
        expected.LeavesDstPort = BinaryPrimitives.ReverseEndianness(asked);
        for (int n = 0; n < MostTries; n++)
        {
            ushort port = n == 0 ? (again ? announced[1] : asked) : OtherPort(spread, n);
            expected.DstPort = BinaryPrimitives.ReverseEndianness(port);
            ExpectOutcome outcome = ExpectationTable.Enter(work.Expectations, expected, packet->Time, out ushort number);
            if (outcome == ExpectOutcome.Entered)
            {
                HelperState.Remember(state, work.Expectations, expected.Master, number);
                work.Counters->Expected++;
                announced[0] = asked;
                announced[1] = port;
                return port;
            }

            if (expected.Dst == expected.LeavesDst)
            {
                break;
            }

            // A full set is as good as a clash: another port is in another set.
            spread = n == 0 ? table.SpreadOf(packet->Record, asked) : spread;
        }

        work.Counters->Refused++;
        return 0;
    }

    static ushort OtherPort(uint spread, int n)
    {
        const uint First = 1024, Count = 65_536 - First;
        return (ushort)(First + ((spread + ((uint)n * 7919)) % Count));
    }
}
