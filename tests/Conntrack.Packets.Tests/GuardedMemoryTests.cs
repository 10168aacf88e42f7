using System.Globalization;
using Conntrack.Testing;

namespace Conntrack.Packets.Tests;

/// <summary>The tests that lean on guard pages are worth nothing if the guards are not there.</summary>
public sealed unsafe class GuardedMemoryTests
{
    [Fact]
    public void The_byte_before_and_the_byte_after_may_not_be_read()
    {
        using GuardedMemory memory = new(100);
        byte* last = memory.PlaceLast([1, 2, 3]);
        Assert.Equal([1, 2, 3], new ReadOnlySpan<byte>(last, 3).ToArray());
        Assert.Equal("rw-p", Protection(last + 2));
        Assert.Equal("---p", Protection(last + 3));

        byte* first = memory.PlaceFirst([4, 5]);
        Assert.Equal("rw-p", Protection(first));
        Assert.Equal("---p", Protection(first - 1));
    }

    static string Protection(byte* address) => File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')).First(fields =>
    {
        ulong[] range = [.. fields[0].Split('-').Select(text => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        return range[0] <= (ulong)address && (ulong)address < range[1];
    })[1];
}
