using System.Numerics;

namespace Conntrack.Dataplane.Tests;

/// <summary>What must not be overtaken is found, and what is asked for that was never added is not.</summary>
public sealed unsafe class SlowPacketsTests
{
    /// <summary>A whole burst of translated connections: two hashes each, spread over every bit of the filter and past it.</summary>
    [Fact]
    public void Both_hashes_of_every_packet_are_found_and_no_other()
    {
        SlowPackets packets = default;
        SlowPackets.Clear(&packets);
        for (uint n = 0; n < Worker.MaxBurst; n++)
        {
            Assert.False(IsFound(&packets, Hash(2 * n)));
            SlowPackets.Add(&packets, Hash(2 * n), Hash((2 * n) + 1), known: true);
            for (uint known = 0; known < (2 * n) + 2; known++)
            {
                Assert.True(IsFound(&packets, Hash(known)));
            }

            Assert.False(IsFound(&packets, Hash((2 * n) + 2)));
        }

        Assert.Equal(Worker.MaxBurst, packets.Count);
        Assert.False(packets.HoldsUnknown);
        SlowPackets.Clear(&packets);
        Assert.Equal(0, packets.Count);
        for (uint gone = 0; gone < 2 * Worker.MaxBurst; gone++)
        {
            Assert.False(IsFound(&packets, Hash(gone)));
        }
    }

    /// <summary>The same bit of the filter is not the same hash.</summary>
    [Fact]
    public void A_neighbour_in_the_filter_is_not_taken_for_it()
    {
        SlowPackets packets = default;
        SlowPackets.Add(&packets, 0x8000_0001, 0x8000_0001, known: true);
        Assert.True(SlowPackets.MayHold(&packets, 0x8000_0002));
        Assert.False(SlowPackets.Holds(&packets, 0x8000_0002));
        Assert.False(SlowPackets.MayHold(&packets, 0x4000_0001));
    }

    [Fact]
    public void One_whose_other_direction_nobody_knows_is_remembered_as_such()
    {
        SlowPackets packets = default;
        SlowPackets.Add(&packets, 1, 1, known: false);
        SlowPackets.Add(&packets, 2, 2, known: true);
        Assert.True(packets.HoldsUnknown);
        Assert.False(packets.HoldsAll);
        packets.HoldsAll = true;
        Assert.True(packets.HoldsAll);
    }

    static bool IsFound(SlowPackets* packets, uint hash) => SlowPackets.MayHold(packets, hash) && SlowPackets.Holds(packets, hash);

    static uint Hash(uint n) => BitOperations.RotateRight(n + 1, 6) ^ n;
}
