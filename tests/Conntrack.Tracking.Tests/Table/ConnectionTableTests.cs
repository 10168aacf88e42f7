using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

public sealed unsafe class ConnectionTableTests
{
    [Fact]
    public void A_candidate_that_ended_since_is_not_believed()
    {
        using TableUnderTest<Connection4, Flows4> test = new(8, 8);
        uint record = test.Open(1, 100);
        test.Prepare(1, reply: true);
        Assert.Equal(record, test.Packet->Candidate);

        // The number goes to the same flow once more, not confirmed yet: between the passes of one burst nobody may find it.
        test.Table.Remove(record, ConnectionEnd.Closed);
        Assert.Equal(0u, test.Table.Find(test.Packet, out _));
        test.Table.ReleaseRemoved();
        Assert.Equal(record, test.Table.Allocate(test.Packet, null, out _));
        test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, 100);
        test.Packet->Candidate = record;
        Assert.Equal(0u, test.Table.Find(test.Packet, out int direction));
        Assert.Equal(-1, direction);

        // Confirmed between the passes: found although the second pass saw nothing.
        test.Packet->Candidate = 0;
        Assert.True(test.Table.Confirm(record));
        Assert.Equal(record, test.Table.Find(test.Packet, out direction));
        Assert.Equal(0, direction);
    }

    [Fact]
    public void What_an_earlier_packet_of_the_burst_holds_stays_readable_until_the_burst_ends()
    {
        using TableUnderTest<Connection4, Flows4> test = new(1, 1);
        uint held = test.Open(1, 100, EvictionClass.HalfOpen);
        Connection4 before = *test.Table.At(held);

        // The next packet of the same burst evicts it: counted out at once, but its number goes to nobody yet.
        test.Prepare(2, reply: false);
        uint fresh = test.Table.Allocate(test.Packet, null, out _);
        Assert.NotEqual(0u, fresh);
        Assert.NotEqual(held, fresh);
        Assert.Equal(1u, test.View->Records.Count);
        Assert.Equal(before.Original.Addresses, test.Table.At(held)->Original.Addresses);
        Assert.Equal(before.Reply.Ports, test.Table.At(held)->Reply.Ports);
        test.Table.Remove(fresh, ConnectionEnd.Closed);
        Assert.NotEqual(0u, test.Open(3, 100));
        Assert.Equal(1u, test.View->Records.Count);
    }

    [Fact]
    public void A_wrong_candidate_is_only_a_hint()
    {
        using TableUnderTest<Connection6, Flows6> test = new(8, 8);
        uint first = test.Open(1, 100);
        uint second = test.Open(2, 100);
        test.Prepare(2, reply: true);
        test.Packet->Candidate = first;
        Assert.Equal(second, test.Table.Find(test.Packet, out int direction));
        Assert.Equal(1, direction);
    }

    [Fact]
    public void Untranslated_connections_take_one_index_entry_and_translated_ones_two()
    {
        using TableUnderTest<Connection4, Flows4> test = new(8, 8);
        for (int flow = 0; flow < 3; flow++)
        {
            test.Open(flow, 100);
        }

        Assert.Equal(3u, test.View->Index.Entries);
        uint translated = test.Open(3, 100, EvictionClass.Never, translated: true);
        Assert.Equal(5u, test.View->Index.Entries);
        test.Table.Remove(translated, ConnectionEnd.Closed);
        Assert.Equal(3u, test.View->Index.Entries);
    }

    [Fact]
    public void Generation_is_odd_while_alive_and_never_repeats_in_the_next_life()
    {
        using TableUnderTest<Connection4, Flows4> test = new(8, 8);
        HashSet<ushort> seen = [];
        for (int life = 0; life < 100; life++)
        {
            uint record = test.Open(life, 100);
            Connection* connection = test.Table.ConnectionAt(record);
            Assert.Equal(1, connection->Generation & 1);
            Assert.True(seen.Add(connection->Generation));
            Assert.Equal(ConnectionFlags.Alive | ConnectionFlags.Confirmed, connection->Flags);
            test.Table.Remove(record, ConnectionEnd.Closed);
            Assert.Equal(0, connection->Generation & 1);
            Assert.Equal(ConnectionFlags.Dying, connection->Flags & ConnectionFlags.Dying);
            test.Table.ReleaseRemoved();
            Assert.Equal(ConnectionFlags.None, connection->Flags);
        }
    }

    [Fact]
    public void A_reused_record_begins_empty()
    {
        using TableUnderTest<Connection4, Flows4> test = new(1, 1);
        uint record = test.Open(1, 100);
        Connection* connection = test.Table.ConnectionAt(record);
        ushort generation = connection->Generation;
        new Span<byte>((byte*)connection + 12, Connection.ByteSize - 12).Fill(0xff);
        connection->Extension = 0;
        connection->Zone = 0;
        UdpFlow.Of(connection)->Mapped = MappedEnds.None;
        test.Table.Remove(record, ConnectionEnd.Closed);
        test.Now = 50_000;
        Assert.Equal(record, test.Open(1, 100));
        Assert.Equal((ushort)(generation + 2), connection->Generation);
        Assert.Equal(6u, connection->StartTick);
        Assert.Equal(test.Packet->Number, connection->Creation);
        Assert.Equal(0u, connection->Edition);
        Assert.Equal(-1, new Span<byte>((byte*)connection + 36, Connection.ByteSize - 36).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void No_wrap_of_a_counter_goes_unseen()
    {
        using TableUnderTest<Connection4, Flows4> test = new(4, 4);
        Connection* connection = test.Table.ConnectionAt(test.Open(1, 100));
        for (int direction = 0; direction < 2; direction++)
        {
            connection->Packets[direction] = uint.MaxValue;
            *(uint*)((byte*)connection + 92 + (6 * direction)) = uint.MaxValue;
            *(ushort*)((byte*)connection + 96 + (6 * direction)) = ushort.MaxValue;
            Assert.True(Connection.Count(connection, direction, 1500));
            test.Table.Carry(connection, direction, 1500);
            Assert.Equal(1ul << 32, test.Table.Packets(connection, direction));
            Assert.Equal((1ul << 48) + 1499, test.Table.Bytes(connection, direction));
            Assert.False(Connection.Count(connection, direction, 1));
            Assert.Equal((1ul << 32) + 1, test.Table.Packets(connection, direction));
            Assert.Equal((1ul << 48) + 1500, test.Table.Bytes(connection, direction));
        }

        Assert.Equal(1u, test.View->Extensions.Count);
        test.Table.Remove(test.Find(1), ConnectionEnd.Closed);
        test.Table.ReleaseRemoved();
        Assert.Equal(0u, test.View->Extensions.Count);
        Assert.True(test.Table.ExtensionOf(test.Table.ConnectionAt(test.Open(2, 100)))->PacketsCarry[0] == 0);
    }

    [Fact]
    public void Records_begin_cache_lines()
    {
        using TableUnderTest<Connection6, Flows6> test = new(8, 8);
        for (int flow = 0; flow < 8; flow++)
        {
            Assert.Equal(0u, (nuint)test.Table.At(test.Open(flow, 100)) % 64);
        }
    }

    [Fact]
    public void A_million_operations_allocate_no_managed_memory()
    {
        const int Connections = 20_000;
        using TableUnderTest<Connection4, Flows4> test = new(Connections, 2 * Connections);
        Work(test, 2 * Connections);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work(test, 1_000_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0ul, test.View->Counters.Evicted);
        Assert.NotEqual(0ul, test.View->Counters.Expired);
        Assert.NotEqual(0ul, test.View->Counters.Removed);

        static void Work(TableUnderTest<Connection4, Flows4> test, int operations)
        {
            uint state = 1;
            for (int n = 0; n < operations; n++)
            {
                state = (state * 1664525) + 1013904223;
                int flow = (int)(state >> 8) % 50_000;
                uint record = test.Find(flow, (state & 1) != 0);
                if (record == 0)
                {
                    test.Prepare(flow, reply: false);
                    record = test.Table.Allocate(test.Packet, null, out _);
                    if (record == 0 || !test.Table.Confirm(record))
                    {
                        throw new InvalidOperationException("Refused.");
                    }

                    test.Table.SetEvictable(record, (EvictionClass)(1 + (n % 2)));
                }
                else if (n % 16 == 0)
                {
                    test.Table.Remove(record, ConnectionEnd.Closed);
                    continue;
                }

                test.Table.Refresh(record, test.Table.ConnectionAt(record), test.Time, state % 3000);
                test.Now += 100;
                test.Table.Sweep(test.Time, 256);
            }
        }
    }
}
