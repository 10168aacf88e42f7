using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>The table of expectations alone, and with several workers at it at once.</summary>
public sealed unsafe class ExpectationTableTests : IDisposable
{
    const int Masters = 8;
    const ulong Now = 1_000_000;

    readonly ExpectationTable* _table = (ExpectationTable*)NativeMemory.AlignedAlloc(ExpectationTable.ByteSize, 64);
    readonly Connection* _masters = (Connection*)NativeMemory.AllocZeroed(Masters, (nuint)sizeof(Connection));
    readonly uint* _deadlines = (uint*)NativeMemory.AllocZeroed(Masters, sizeof(uint));

    public ExpectationTableTests()
    {
        NativeMemory.Clear(_table, ExpectationTable.ByteSize);
        ExpectationTable.Initialize(_table, 0x1234_5678_9abc_def0);
        for (int n = 0; n < Masters; n++)
        {
            _deadlines[n] = Timestamp.Tick(Now) + 1000;
        }
    }

    [Fact]
    public void One_packet_takes_an_expectation()
    {
        Assert.Equal(ExpectOutcome.Entered, Enter(0, 7, out _));
        Assert.Equal(ExpectOutcome.Clash, Enter(1, 7, out _));
        Assert.True(TryTake(7, out Expectation taken));
        Assert.Equal(ToLeave(0, 7), taken.LeavesDst);
        Assert.False(TryTake(7, out _));
        Assert.Equal(0u, _table->Count);
    }

    /// <summary>A call announces ports in a row. Under no key do they share a set, which holds eight.</summary>
    [Fact]
    public void Ports_in_a_row_find_room_under_any_key()
    {
        var random = new Random(1);
        foreach (ulong key in (ulong[])[0, 1, 1ul << 54, 1ul << 55, 1ul << 62, 1ul << 63, .. Enumerable.Range(0, 2000).Select(_ => (ulong)random.NextInt64())])
        {
            NativeMemory.Clear(_table, ExpectationTable.ByteSize);
            ExpectationTable.Initialize(_table, key);
            for (ushort port = 5000; port < 5024; port++)
            {
                Expectation expectation = new()
                {
                    Deadline = Timestamp.Tick(Now) + 500,
                    Family = PacketFamily.Ipv4,
                    Protocol = IpProtocol.Udp,
                    Dst = 0x0a00_0002,
                    DstPort = port,
                };
                expectation.BelongTo(_masters, _deadlines);
                Assert.True(ExpectationTable.Enter(_table, expectation, Now, out _) == ExpectOutcome.Entered, $"port {port} under {key:x}");
            }
        }
    }

    /// <summary>One that sleeps is not met; prolonged it is met again and again, until its new deadline.</summary>
    [Fact]
    public void A_registration_sleeps_then_stays()
    {
        Assert.Equal(ExpectOutcome.Entered, Enter(0, 9, out ushort number, ExpectationMarks.Stays | ExpectationMarks.Sleeps));
        Assert.False(TryTake(9, out _));
        Assert.False(ExpectationTable.Prolong(_table, number, _masters + 1, Place(9), 9, Timestamp.Tick(Now) + 50));
        Assert.False(ExpectationTable.Prolong(_table, number, _masters, Place(8), 9, Timestamp.Tick(Now) + 50));
        Assert.True(ExpectationTable.Prolong(_table, number, _masters, Place(9), 9, Timestamp.Tick(Now) + 50));
        Assert.True(TryTake(9, out _));
        Assert.True(TryTake(9, out _));
        Assert.Equal(1u, _table->Count);
        Assert.False(TryTake(9, out _, Now + (60ul << 16)));
    }

    [Fact]
    public void Both_halves_of_a_stream_know_each_other()
    {
        Enter(0, 1, out ushort first);
        Enter(0, 2, out ushort second);
        ExpectationTable.Join(_table, first, _masters, second);
        Assert.True(TryTake(1, out Expectation taken));
        Assert.True(ExpectationTable.TryFindPair(_table, taken, out Expectation pair));
        Assert.Equal(Place(2), pair.Dst);
        ExpectationTable.Withdraw(_table, second, _masters);
        Assert.False(ExpectationTable.TryFindPair(_table, taken, out _));
    }

    /// <summary>
    /// Workers that enter, take, withdraw, prolong and sweep at once: nothing is taken twice, nothing is half of one and half of another, and when every
    /// master is gone nothing is left and the count says so.
    /// </summary>
    [Fact]
    public void Many_workers_at_once()
    {
        const int Workers = 4, Rounds = 20_000, Places = 64;
        long entered = 0, taken = 0, torn = 0, stayed = 0;
        Thread[] threads = [.. Enumerable.Range(0, Workers).Select(worker => new Thread(() => Work(worker)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, torn);
        Assert.InRange(taken, 1, entered);
        Assert.NotEqual(0, stayed);
        for (int n = 0; n < Masters; n++)
        {
            _masters[n].Generation++;
        }

        for (uint swept = 0; swept <= ExpectationTable.Capacity; swept += 64)
        {
            ExpectationTable.Sweep(_table, Now);
        }

        Assert.Equal(0u, _table->Count);

        void Work(int worker)
        {
            Random random = new(worker);
            ushort last = 0;
            (int Master, int Place) latest = default;
            long mine = 0, took = 0, ill = 0, met = 0;

            // A master is one worker's.
            int master = worker * 2;
            for (int round = 0; round < Rounds; round++)
            {
                int place = random.Next(Places) & random.Next(Places);
                switch (random.Next(6))
                {
                    case 0 or 1:
                        ExpectationMarks marks = place < 4 ? ExpectationMarks.Stays | ExpectationMarks.Sleeps : ExpectationMarks.None;
                        if (Enter(master + (round & 1), place, out ushort number, marks) == ExpectOutcome.Entered)
                        {
                            mine++;
                            (last, latest) = (number, (master + (round & 1), place));
                        }

                        break;
                    case 2 or 3:
                        if (TryTake(place, out Expectation expected))
                        {
                            bool stays = (expected.Marks & ExpectationMarks.Stays) != 0;
                            took += stays ? 0 : 1;
                            met += stays ? 1 : 0;
                            ill += expected.Dst == Place(place) && expected.LeavesDst == ToLeave(expected.Mark, place) ? 0 : 1;
                        }

                        break;
                    case 4 when last != 0 && (round & 8) == 0:
                        ExpectationTable.Withdraw(_table, last, _masters + latest.Master);
                        break;
                    case 4 when last != 0:
                        _ = ExpectationTable.Prolong(_table, last, _masters + latest.Master, Place(latest.Place), (ushort)latest.Place, Timestamp.Tick(Now) + 900);
                        ExpectationTable.Join(_table, last, _masters + latest.Master, 1);
                        break;
                    case 5 when worker == 0:
                        ExpectationTable.Sweep(_table, Now);
                        break;
                }
            }

            Interlocked.Add(ref entered, mine);
            Interlocked.Add(ref taken, took);
            Interlocked.Add(ref torn, ill);
            Interlocked.Add(ref stayed, met);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_table);
        NativeMemory.Free(_masters);
        NativeMemory.Free(_deadlines);
    }

    ExpectOutcome Enter(int master, int place, out ushort number, ExpectationMarks marks = ExpectationMarks.None)
    {
        Expectation expectation = new()
        {
            Deadline = Timestamp.Tick(Now) + 500,
            Family = PacketFamily.Ipv4,
            Protocol = IpProtocol.Udp,
            Marks = marks,
            Dst = Place(place),
            DstPort = (ushort)place,
            LeavesDst = ToLeave(master, place),
            Mark = (ushort)master,
        };
        expectation.BelongTo(_masters + master, _deadlines + master);
        return ExpectationTable.Enter(_table, expectation, Now, out number);
    }

    bool TryTake(int place, out Expectation taken, ulong time = Now)
    {
        Expectation first = new() { Family = PacketFamily.Ipv4, Protocol = IpProtocol.Udp, Src = 5, SrcPort = 5, Dst = Place(place), DstPort = (ushort)place };
        return ExpectationTable.TryTake(_table, first, time, out taken);
    }

    static UInt128 Place(int place) => (UInt128)0x0a00_0000 + (uint)place;

    static UInt128 ToLeave(int master, int place) => ((UInt128)(uint)master << 64) | ((UInt128)(uint)place << 96) | 77;
}
