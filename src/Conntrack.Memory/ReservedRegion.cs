using System.Runtime.InteropServices;
using Conntrack.Native;

namespace Conntrack.Memory;

/// <summary>
/// Address space reserved once for the largest size an array may reach, and memory committed to it from the front as the array grows.
/// The base never moves, so the worker keeps plain pointers and growing copies nothing.
/// </summary>
/// <remarks>
/// Two threads meet here. The control thread alone calls <see cref="Commit"/>, ahead of need, and takes the page faults; the worker only
/// reads <see cref="Committed"/> and stays below it, so it never enters the kernel. The struct lives in native memory that both runtimes see.
/// <code>
///  0  base (8)   8  reserved bytes (8)   16  committed bytes (8)   24  mapping (8)
/// 32
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct ReservedRegion
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 32;

    /// <summary>x86-64's huge page; a region at least this large begins on one and is committed in whole ones.</summary>
    public const nuint HugePage = 2u << 20;

    /// <summary>x86-64's page.</summary>
    public const nuint Page = 4096;

    [FieldOffset(0)] byte* _base;
    [FieldOffset(8)] nuint _reserved;
    [FieldOffset(16)] nuint _committed;
    [FieldOffset(24)] byte* _mapping;

    /// <summary>First byte, aligned to a huge page.</summary>
    public readonly byte* Base => _base;

    /// <summary>Bytes of address space.</summary>
    public readonly nuint Reserved => _reserved;

    /// <summary>Bytes from <see cref="Base"/> that are readable, writable, zero until written, and backed by memory.</summary>
    public nuint Committed => Volatile.Read(ref _committed);

    /// <summary>Reserves address space and commits none of it.</summary>
    /// <returns>False when the process has no such range left.</returns>
    public static bool TryReserve(ReservedRegion* region, nuint bytes)
    {
        nuint reserved = RoundUp(bytes, Granularity(bytes));

        // The kernel aligns to small pages only: one huge page more, and the base is the first boundary inside.
        byte* mapping = (byte*)Libc.Mmap(
            null, reserved + HugePage, PageProtection.None, Mapping.Private | Mapping.Anonymous | Mapping.NoReserve, -1, 0);
        if ((nint)mapping == Libc.MapFailed)
        {
            return false;
        }

        *region = new ReservedRegion
        {
            _base = (byte*)RoundUp((nuint)mapping, HugePage),
            _reserved = reserved,
            _mapping = mapping,
        };
        return true;
    }

    /// <summary>
    /// Makes at least the first <paramref name="bytes"/> usable, faulted in, before it says so. Never shrinks. Control thread only.
    /// </summary>
    /// <returns>False when the region ends before that or the machine has no memory; what was committed stays.</returns>
    public bool Commit(nuint bytes)
    {
        nuint from = _committed;
        if (bytes <= from)
        {
            return true;
        }

        nuint to = RoundUp(bytes, Granularity(_reserved));
        if (bytes > _reserved || Libc.Mprotect(_base + from, to - from, PageProtection.Read | PageProtection.Write) != 0)
        {
            return false;
        }

        // Advice: without transparent huge pages the small ones serve, only slower.
        _ = Libc.Madvise(_base + from, to - from, MemoryAdvice.Hugepage);
        if (Libc.Madvise(_base + from, to - from, MemoryAdvice.PopulateWrite) != 0)
        {
            if (Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                return false;
            }

            for (nuint offset = from; offset < to; offset += Page)
            {
                Volatile.Write(ref _base[offset], 0);
            }
        }

        Volatile.Write(ref _committed, to);
        return true;
    }

    /// <summary>Gives the address space back. The worker must have stopped.</summary>
    public void Release()
    {
        if (_mapping != null)
        {
            _ = Libc.Munmap(_mapping, _reserved + HugePage);
            this = default;
        }
    }

    const int InvalidArgument = 22;

    static nuint Granularity(nuint reserved) => reserved >= HugePage ? HugePage : Page;

    static nuint RoundUp(nuint value, nuint to) => (value + to - 1) & ~(to - 1);
}
