using Conntrack.Control.Router;
using Conntrack.Native;

namespace Conntrack.Control.Tests.Router;

public sealed class RouterMemoryTests
{
    [Theory]
    [InlineData(1, 1, 2048 + 416 + 2048)]
    [InlineData(2, 1, 4096 + 416 + 2048)]
    [InlineData(2, 4, 16384 + (4 * (416 + 2048 + 1536)))]
    [InlineData(250, 64, (1 << 24) - 1)]
    public void Buffers_fill_every_ring_and_are_no_more(int ports, int workers, uint buffers) =>
        Assert.Equal(buffers, RouterMemory.Buffers(ports, workers));

    [Theory]
    [InlineData(1_048_576, 1, 24, 1 << 22)] // both directions of every connection
    [InlineData(1_048_576, 4, 24, 1 << 20)]
    [InlineData(1_048_576, 1, 4, 1 << 20)] // a sixteenth of 4 GiB
    [InlineData(1_048_576, 64, 1, 1 << 12)]
    [InlineData(64 << 20, 1, 4096, 1 << 24)]
    public void Flow_caches_hold_what_max_entries_allows_and_memory_affords(uint maxEntries, int workers, long gigabytes, int lines) =>
        Assert.Equal(lines, RouterMemory.FlowLines(maxEntries, workers, gigabytes << 30));

    [Fact]
    public void Hugepages_are_taken_when_enough_are_free()
    {
        Assert.IsType<HugepageArguments>(RouterMemory.Arguments(100, 100));
        Assert.Equal(100, Assert.IsType<NoHugeArguments>(RouterMemory.Arguments(100, 99)).MemoryMegabytes);
    }

    [Fact]
    public void Free_hugepages_of_all_sizes_count()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ctrack-");
        try
        {
            Assert.Equal(0, RouterMemory.FreeHugepageMegabytes(Path.Combine(folder.FullName, "none")));
            Add("hugepages-2048kB", "3\n");
            Add("hugepages-1048576kB", "1\n");
            Assert.Equal(6 + 1024, RouterMemory.FreeHugepageMegabytes(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Add(string size, string free) =>
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory(size).FullName, "free_hugepages"), free);
    }
}
