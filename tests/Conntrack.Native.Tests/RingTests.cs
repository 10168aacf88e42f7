using System.Runtime.InteropServices;

namespace Conntrack.Native.Tests;

/// <summary>Pointers through a ring: in order, each once, none lost, with both ends on threads of their own.</summary>
public sealed unsafe class RingTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(1000u)]
    public void Places_are_a_power_of_two(uint count) => Assert.Throws<ArgumentOutOfRangeException>(() => Rings.Bytes(count));

    [Fact]
    public void A_ring_takes_what_there_is_room_for_and_gives_it_back_in_order()
    {
        const uint Count = 16;
        Ring* ring = Create(Count);
        Mbuf** frames = stackalloc Mbuf*[40];
        Mbuf** taken = stackalloc Mbuf*[40];
        ulong next = 1, expected = 1;
        for (int round = 0; round < 100; round++)
        {
            uint offered = (uint)(round % 20);
            for (uint i = 0; i < offered; i++)
            {
                frames[i] = (Mbuf*)(next + i);
            }

            uint room = Rings.Room(ring);
            Assert.Equal(Count - 1 - (next - expected), room);
            uint put = Rings.Enqueue(ring, frames, offered);
            Assert.Equal(Math.Min(offered, room), put);
            next += put;
            uint got = Rings.Dequeue(ring, taken, (uint)(round % 7));
            for (uint i = 0; i < got; i++)
            {
                Assert.Equal(expected++, (ulong)taken[i]);
            }
        }

        Assert.Equal(next - expected, Rings.Dequeue(ring, taken, 40));
        NativeMemory.AlignedFree(ring);
    }

    [Fact]
    public void Two_threads_pass_every_pointer_once_and_in_order()
    {
        const ulong Total = 400_000;
        Ring* ring = Create(64);
        var producer = new Thread(() =>
        {
            Mbuf** frames = stackalloc Mbuf*[32];
            for (ulong next = 1; next <= Total;)
            {
                uint count = (uint)Math.Min(1 + (next % 31), Total - next + 1);
                for (uint i = 0; i < count; i++)
                {
                    frames[i] = (Mbuf*)(next + i);
                }

                uint put = Rings.Enqueue(ring, frames, count);
                next += put;
                if (put == 0)
                {
                    Thread.Yield();
                }
            }
        });
        producer.Start();
        Mbuf** taken = stackalloc Mbuf*[32];
        ulong expected = 1, wrong = 0;
        while (expected <= Total)
        {
            uint got = Rings.Dequeue(ring, taken, 32);
            for (uint i = 0; i < got; i++)
            {
                wrong += (ulong)taken[i] == expected++ ? 0ul : 1;
            }

            if (got == 0)
            {
                Thread.Yield();
            }
        }

        producer.Join();
        Assert.Equal(0ul, wrong);
        Assert.Equal(63u, Rings.Room(ring));
        NativeMemory.AlignedFree(ring);
    }

    static Ring* Create(uint count)
    {
        var ring = (Ring*)NativeMemory.AlignedAlloc(Rings.Bytes(count), 64);
        Rings.Initialize(ring, "test", count);
        return ring;
    }
}
