using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>The extensions of a table: numbered from 1, the free ones linked through their first word.</summary>
/// <remarks><code>
///  0  extensions (8)   8  free (4)   12  high water (4)   16  in use (4)   20  capacity (4)   24  region (32)   56  spare (8)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct ExtensionSlab
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64;

    /// <summary>Extensions committed ahead: a quarter megabyte, for what only some connections need.</summary>
    const uint Ahead = 4096;

    [FieldOffset(0)] Extension* _extensions;
    [FieldOffset(8)] uint _free;
    [FieldOffset(12)] uint _high;
    [FieldOffset(16)] uint _used;
    [FieldOffset(20)] uint _capacity;
    [FieldOffset(24)] ReservedRegion _region;

    /// <summary>Extensions in use.</summary>
    public readonly uint Count => _used;

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _region.Committed;

    /// <summary>The extension of a number.</summary>
    public readonly Extension* At(uint number) => _extensions + number;

    /// <summary>Reserves for one extension a record.</summary>
    public static bool TryCreate(ExtensionSlab* slab, uint capacity)
    {
        *slab = default;
        if (!ReservedRegion.TryReserve(&slab->_region, ((nuint)capacity + 1) * Extension.ByteSize))
        {
            return false;
        }

        slab->_extensions = (Extension*)slab->_region.Base;
        slab->_capacity = capacity;
        return slab->CommitAhead();
    }

    /// <summary>Control thread: commits memory for the next extensions.</summary>
    public bool CommitAhead()
    {
        ulong wanted = Math.Min(_capacity, (ulong)Volatile.Read(ref _high) + Ahead);
        return _region.Commit((nuint)(wanted + 1) * Extension.ByteSize);
    }

    /// <summary>A zeroed extension; 0 when none is committed.</summary>
    public uint Take()
    {
        uint number = _free;
        if (number != 0)
        {
            _free = *(uint*)(_extensions + number);
        }
        else if (_high < _capacity && ((nuint)_high + 2) * Extension.ByteSize <= _region.Committed)
        {
            number = ++_high;
        }
        else
        {
            return 0;
        }

        _extensions[number] = default;
        _used++;
        return number;
    }

    /// <summary>Gives one back.</summary>
    public void Give(uint number)
    {
        *(uint*)(_extensions + number) = _free;
        _free = number;
        _used--;
    }

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release() => _region.Release();
}
