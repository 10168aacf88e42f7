using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Conntrack.Testing;

/// <summary>
/// Bytes between two pages that may not be touched: reading one byte before or after them ends the process, which is what a test of
/// "never reads out of bounds" wants.
/// </summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    const int PageSize = 4096;
    const int None = 0;
    const int ReadWrite = 3;
    const int PrivateAnonymous = 0x22;

    readonly byte* _region;
    readonly nuint _regionSize;

    /// <summary>Maps room for <paramref name="capacity"/> bytes and both guards.</summary>
    /// <exception cref="Win32Exception">The kernel refuses.</exception>
    public GuardedMemory(int capacity)
    {
        int pages = (capacity + PageSize - 1) / PageSize;
        Capacity = pages * PageSize;
        _regionSize = (nuint)(Capacity + (2 * PageSize));
        _region = Map(null, _regionSize, None, PrivateAnonymous, -1, 0);
        if (_region == (void*)-1 || Protect(_region + PageSize, (nuint)Capacity, ReadWrite) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Bytes between the guards.</summary>
    public int Capacity { get; }

    /// <summary>Right behind the lower guard.</summary>
    public byte* First => _region + PageSize;

    /// <summary>Copies bytes so that the upper guard follows the last of them.</summary>
    public byte* PlaceLast(ReadOnlySpan<byte> bytes)
    {
        byte* place = First + Capacity - bytes.Length;
        bytes.CopyTo(new Span<byte>(place, bytes.Length));
        return place;
    }

    /// <summary>Copies bytes so that the lower guard precedes the first of them.</summary>
    public byte* PlaceFirst(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(First, bytes.Length));
        return First;
    }

    public void Dispose() => _ = Unmap(_region, _regionSize);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);
}
