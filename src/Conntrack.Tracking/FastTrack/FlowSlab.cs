using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.FastTrack;

/// <summary>
/// The lines of a flow cache, in pairs: both directions of a connection side by side. Numbered from 1; the lines of pair 0 are nobody's and match
/// no packet, so that who finds none reads them instead of asking.
/// </summary>
/// <remarks>
/// Free pairs are linked through their first word, last freed first taken. As many connections as there are fasttracked lie next to each
/// other from the front, however large the cache may get.
/// <code>
///  0  lines (8)   8  line bytes (4)   12  capacity (4)   16  free (4)   20  high water (4)   24  in use (4)   28  spare (4)   32  region (32)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct FlowSlab
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64;

    /// <summary>Pairs committed ahead: an eighth of those in use, at least 10 ms and at most 40 ms of 3 million new connections a second.</summary>
    const uint LeastAhead = 32768, MostAhead = 131072;

    [FieldOffset(0)] byte* _lines;
    [FieldOffset(8)] uint _lineBytes;
    [FieldOffset(12)] uint _capacity;
    [FieldOffset(16)] uint _free;
    [FieldOffset(20)] uint _high;
    [FieldOffset(24)] uint _used;
    [FieldOffset(32)] ReservedRegion _region;

    /// <summary>Line 0: pair n begins at line 2n.</summary>
    public readonly byte* Lines => _lines;

    /// <summary>Pairs in use.</summary>
    public readonly uint Count => _used;

    /// <summary>Pairs there may be.</summary>
    public readonly uint Capacity => _capacity;

    /// <summary>The largest number ever taken.</summary>
    public uint HighWater => Volatile.Read(ref _high);

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _region.Committed;

    /// <summary>One of a pair's lines.</summary>
    public readonly byte* At(uint pair, int direction) => _lines + (((nuint)pair * 2) + (uint)direction) * _lineBytes;

    /// <summary>Reserves for so many pairs.</summary>
    public static bool TryCreate(FlowSlab* slab, uint capacity, uint lineBytes)
    {
        *slab = default;
        if (!ReservedRegion.TryReserve(&slab->_region, ((nuint)capacity + 1) * 2 * lineBytes))
        {
            return false;
        }

        slab->_lines = slab->_region.Base;
        slab->_lineBytes = lineBytes;
        slab->_capacity = capacity;
        return slab->CommitAhead();
    }

    /// <summary>Control thread: memory for the next pairs.</summary>
    public bool CommitAhead()
    {
        uint high = Volatile.Read(ref _high);
        ulong wanted = Math.Min(_capacity, (ulong)high + Math.Clamp(high / 8, LeastAhead, MostAhead));
        return _region.Commit((nuint)(wanted + 1) * 2 * _lineBytes);
    }

    /// <summary>A zeroed pair; 0 when none is free, or none committed yet.</summary>
    public uint Take()
    {
        uint pair = _free;
        if (pair != 0)
        {
            _free = *(uint*)At(pair, 0);
        }
        else if (_high < _capacity && ((nuint)_high + 2) * 2 * _lineBytes <= _region.Committed)
        {
            pair = _high + 1;
            Volatile.Write(ref _high, pair);
        }
        else
        {
            return 0;
        }

        NativeMemory.Clear(At(pair, 0), 2 * (nuint)_lineBytes);
        _used++;
        return pair;
    }

    /// <summary>Gives one back. Its lines match no packet any more.</summary>
    public void Give(uint pair)
    {
        NativeMemory.Clear(At(pair, 0), 2 * (nuint)_lineBytes);
        *(uint*)At(pair, 0) = _free;
        _free = pair;
        _used--;
    }

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release() => _region.Release();
}
