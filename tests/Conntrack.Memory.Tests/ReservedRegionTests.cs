namespace Conntrack.Memory.Tests;

public sealed unsafe class ReservedRegionTests
{
    [Fact]
    public void Commits_from_the_front_and_never_moves()
    {
        ReservedRegion region;
        Assert.True(ReservedRegion.TryReserve(&region, 64 * ReservedRegion.HugePage));
        byte* start = region.Base;
        Assert.Equal(0u, (nuint)start % ReservedRegion.HugePage);
        Assert.Equal(0u, region.Committed);

        for (nuint bytes = 1; bytes <= 8 * ReservedRegion.HugePage; bytes += ReservedRegion.HugePage)
        {
            Assert.True(region.Commit(bytes));
            Assert.InRange(region.Committed, bytes, bytes + ReservedRegion.HugePage);
            Assert.Equal(0, start[region.Committed - 1]);
            start[region.Committed - 1] = 0xa5;
            Assert.True(start == region.Base);
        }

        Assert.Equal(0xa5, start[ReservedRegion.HugePage - 1]);
        region.Release();
    }

    [Fact]
    public void Refuses_what_goes_beyond_the_reservation_and_keeps_what_it_has()
    {
        ReservedRegion region;
        Assert.True(ReservedRegion.TryReserve(&region, 3 * ReservedRegion.Page));
        Assert.True(region.Commit(ReservedRegion.Page));
        Assert.False(region.Commit((3 * ReservedRegion.Page) + 1));
        Assert.Equal(ReservedRegion.Page, region.Committed);
        Assert.True(region.Commit(3 * ReservedRegion.Page));
        Assert.Equal(3 * ReservedRegion.Page, region.Committed);
        region.Release();
    }

    [Fact]
    public void Reserving_a_terabyte_takes_no_memory_and_refuses_what_no_address_space_holds()
    {
        ReservedRegion region;
        Assert.True(ReservedRegion.TryReserve(&region, (nuint)1 << 40));
        Assert.True(region.Commit(1));
        Assert.Equal(ReservedRegion.HugePage, region.Committed);
        region.Release();
        Assert.False(ReservedRegion.TryReserve(&region, (nuint)1 << 60));
    }

    [Fact]
    public void What_is_committed_is_faulted_in()
    {
        const nuint Bytes = 32 * ReservedRegion.HugePage;
        ReservedRegion region;
        Assert.True(ReservedRegion.TryReserve(&region, Bytes));
        long before = ResidentKilobytes();
        Assert.True(region.Commit(Bytes));

        // Half of it is proof enough: other tests give memory back meanwhile.
        Assert.InRange(ResidentKilobytes() - before, (long)Bytes / 2048, long.MaxValue);
        region.Release();
    }

    static long ResidentKilobytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..^"kB".Length].Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
