using System.Runtime.InteropServices;

namespace Conntrack.Native.Tests;

public sealed unsafe class LibcTests
{
    const nuint Gigabyte = 1 << 30;
    const nuint Page = 4096;

    [Fact]
    public void Address_space_is_reserved_first_and_committed_later()
    {
        void* space = Libc.Mmap(null, Gigabyte, PageProtection.None, Mapping.Private | Mapping.Anonymous | Mapping.NoReserve, -1, 0);
        Assert.NotEqual(Libc.MapFailed, (nint)space);
        byte* last = (byte*)space + Gigabyte - Page;
        Assert.Equal(0, Libc.Mprotect(last, Page, PageProtection.Read | PageProtection.Write));
        Assert.Equal(0, Libc.Madvise(last, Page, MemoryAdvice.PopulateWrite));
        *last = 7;
        Assert.Equal(0, Libc.Madvise(last, Page, MemoryAdvice.DontNeed));
        Assert.Equal(0, *last);
        Assert.Equal(0, Libc.Munmap(space, Gigabyte));
    }

    [Fact]
    public void A_refused_mapping_tells_errno()
    {
        Assert.Equal(Libc.MapFailed, (nint)Libc.Mmap(null, 0, PageProtection.Read, Mapping.Private | Mapping.Anonymous, -1, 0));
        Assert.Equal(Errno.Invalid, Marshal.GetLastPInvokeError());
    }
}
