using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>The table of neighbours against a dictionary, and under several writers at once.</summary>
public sealed unsafe class NeighbourTableTests : IDisposable
{
    const uint Capacity = 256, Rest = 10;

    /// <summary>Known neighbours at most.</summary>
    const uint Most = 100;

    readonly NeighbourTable* _table;

    public NeighbourTableTests()
    {
        _table = (NeighbourTable*)NativeMemory.AlignedAlloc(NeighbourTable.Bytes(Capacity), 64);
        NativeMemory.Clear(_table, NeighbourTable.Bytes(Capacity));
        NeighbourTable.Initialize(_table, Capacity, 0x1234_5678_9abc_def1);
    }

    public void Dispose() => NativeMemory.AlignedFree(_table);

    [Fact]
    public void It_says_what_a_dictionary_says()
    {
        var random = new Random(1);
        Dictionary<int, ulong> model = [];
        for (uint tick = 1; tick < 50_000; tick++)
        {
            int host = random.Next(80);
            ushort slot = Find(host);
            Assert.Equal(model.ContainsKey(host), slot != 0);
            if (slot == 0)
            {
                ulong word = NeighbourEntry.WordOf((ulong)random.Next(1, 1 << 30), NeighbourState.Reachable);
                Assert.NotEqual(0, Add(host, word, tick));
                model[host] = word;
            }
            else if (random.Next(3) == 0)
            {
                Assert.True(NeighbourTable.Remove(_table, slot, NeighbourTable.At(_table, slot)->Life, tick));
                model.Remove(host);
            }
            else
            {
                ulong before = NeighbourTable.WordOf(_table, slot);
                ulong word = NeighbourEntry.WordOf((ulong)random.Next(1, 1 << 30), random.Next(2) == 0 ? NeighbourState.Stale : NeighbourState.Probe);
                Assert.True(NeighbourTable.Change(_table, slot, before, word, tick));
                Assert.False(NeighbourTable.Change(_table, slot, before, word, tick));
                model[host] = word;
            }

            NeighbourTable.Turn(_table, tick, Rest);
            foreach ((int known, ulong word) in model.Where(_ => tick % 100 == 0))
            {
                Assert.Equal(word, NeighbourEntry.SameLife(NeighbourTable.WordOf(_table, Find(known)), 0));
            }

            Assert.Equal(((uint)model.Count, (uint)model.Count), (_table->Count, _table->Known));
        }
    }

    /// <summary>A packet in flight may go by the slot's number until every worker has begun another burst.</summary>
    [Fact]
    public void A_slot_that_packets_were_sent_to_rests_before_it_is_somebody_elses()
    {
        ushort slot = Add(1, NeighbourEntry.WordOf(1, NeighbourState.Reachable), 1);
        uint recycled = _table->Recycled, life = NeighbourTable.At(_table, slot)->Life;
        NeighbourTable.Remove(_table, slot, life, 2);
        Assert.False(NeighbourEntry.IsUsable(NeighbourTable.WordOf(_table, slot)));
        HashSet<ushort> given = [];
        for (uint tick = 100; tick < 100 + Rest; tick++)
        {
            NeighbourTable.Turn(_table, tick, Rest);
            given.Add(Add((int)tick, NeighbourEntry.WordOf(2, NeighbourState.Reachable), tick));
        }

        Assert.DoesNotContain(slot, given);
        Assert.Equal(recycled + 1, _table->Recycled);
        for (int host = 1000; !given.Contains(slot) && host < 2000; host++)
        {
            NeighbourTable.Turn(_table, 500, Rest);
            given.Add(Add(host, NeighbourEntry.WordOf(3, NeighbourState.Reachable), 500));
        }

        Assert.Contains(slot, given);
        Assert.Equal(life + 1, NeighbourTable.At(_table, slot)->Life);
    }

    [Fact]
    public void What_never_answers_makes_room_for_its_like_alone()
    {
        for (int host = 0; host < 50; host++)
        {
            Add(host, NeighbourEntry.WordOf((ulong)host + 1, NeighbourState.Reachable), 1);
        }

        for (int host = 1000; host < 5000; host++)
        {
            Assert.NotEqual(0, Add(host, NeighbourEntry.WordOf(0, NeighbourState.Incomplete), 2));
        }

        Assert.All(Enumerable.Range(0, 50), host => Assert.NotEqual(0, Find(host)));
        Assert.Equal(50u, _table->Known);
        Assert.Equal(50u + (Capacity / 8), _table->Count);
        Assert.NotEqual(0, Find(4999));
        Assert.Equal(0, Find(1000));
    }

    [Fact]
    public void The_one_not_used_for_longest_gives_way_at_the_limit()
    {
        for (int host = 0; host < (int)Most; host++)
        {
            ushort slot = Add(host, NeighbourEntry.WordOf(1, host == 7 ? NeighbourState.Permanent : NeighbourState.Reachable), 1);
            NeighbourEntry.Use(NeighbourTable.At(_table, slot), 1000 + (uint)host);
        }

        for (int host = 1000; host < 1020; host++)
        {
            NeighbourEntry.Use(NeighbourTable.At(_table, Add(host, NeighbourEntry.WordOf(1, NeighbourState.Reachable), 5000)), 5000);
        }

        Assert.Equal(Most, _table->Known);
        Assert.NotEqual(0, Find(7));
        Assert.All(Enumerable.Range(1000, 20), host => Assert.NotEqual(0, Find(host)));
    }

    /// <summary>Workers add, change and remove at once; whatever they did, every slot is in exactly one place afterwards.</summary>
    [Fact]
    public void Several_writers_leave_it_whole()
    {
        nint table = (nint)_table;
        Thread[] writers = [.. Enumerable.Range(0, 4).Select(seed => new Thread(() => Write((NeighbourTable*)table, seed)))];
        Array.ForEach(writers, writer => writer.Start());
        Array.ForEach(writers, writer => writer.Join());
        uint inUse = 0, known = 0;
        for (uint slot = 1; slot <= Capacity; slot++)
        {
            ulong word = NeighbourTable.WordOf(_table, slot);
            if (NeighbourEntry.StateOf(word) != NeighbourState.None)
            {
                NeighbourEntry* entry = NeighbourTable.At(_table, slot);
                Assert.Equal(slot, NeighbourTable.Find(_table, entry->Interface, entry->Family, entry->Address));
                inUse++;
                known += NeighbourEntry.IsUsable(word) ? 1u : 0u;
            }
        }

        Assert.Equal((inUse, known, 0u), (_table->Count, _table->Known, _table->Writer));

        // Whatever rests becomes free, and then there is room for as many as the table has slots.
        for (uint slot = 1; slot <= Capacity; slot++)
        {
            NeighbourTable.Remove(_table, (ushort)slot, NeighbourTable.At(_table, slot)->Life, 100_000);
        }

        for (uint tick = 200_000; tick < 200_000 + (5 * Rest); tick++)
        {
            NeighbourTable.Turn(_table, tick, Rest);
        }

        HashSet<ushort> given = [];
        for (int host = 0; host < (int)Capacity; host++)
        {
            given.Add(Add(host, NeighbourEntry.WordOf(1, NeighbourState.Reachable), 300_000, uint.MaxValue));
        }

        Assert.DoesNotContain((ushort)0, given);
        Assert.Equal((int)Capacity, given.Count);
    }

    static void Write(NeighbourTable* table, int seed)
    {
        var random = new Random(seed);
        byte* key = stackalloc byte[16];
        for (uint n = 1; n < 200_000; n++)
        {
            Key(key, random.Next(150));
            ushort slot = NeighbourTable.Find(table, 3, PacketFamily.Ipv4, key);
            ulong word = slot == 0 ? 0 : NeighbourTable.WordOf(table, slot);
            switch (random.Next(6))
            {
                case 0 when slot != 0:
                    NeighbourTable.Remove(table, slot, NeighbourTable.At(table, slot)->Life, n);
                    break;
                case 1 when slot != 0 && NeighbourEntry.IsUsable(word):
                    NeighbourTable.Fail(table, slot, word, n);
                    break;
                case 2 or 3 when slot != 0 && NeighbourEntry.StateOf(word) != NeighbourState.None:
                    NeighbourTable.Change(table, slot, word, NeighbourEntry.WordOf(n, NeighbourState.Reachable), n);
                    break;
                case 4:
                    NeighbourTable.Turn(table, n, Rest);
                    break;
                default:
                    NeighbourTable.Add(table, 3, PacketFamily.Ipv4, key, NeighbourEntry.WordOf(0, NeighbourState.Incomplete), n, Most);
                    break;
            }
        }
    }

    ushort Find(int host)
    {
        byte* key = stackalloc byte[16];
        Key(key, host);
        return NeighbourTable.Find(_table, 3, PacketFamily.Ipv4, key);
    }

    ushort Add(int host, ulong word, uint tick, uint most = Most)
    {
        byte* key = stackalloc byte[16];
        Key(key, host);
        return NeighbourTable.Add(_table, 3, PacketFamily.Ipv4, key, word, tick, most);
    }

    static void Key(byte* key, int host)
    {
        new Span<byte>(key, 16).Clear();
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(key, 4), 0x0a00_0000 + host);
    }
}
