using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// The records of a table, one after the other from a huge page boundary, so each begins a cache line. Numbered from 1: 0 means none.
/// </summary>
/// <remarks>
/// Free records are linked through their first word, last freed first taken: it is the one most likely still in cache. The generation
/// survives in a free record; it is even there and odd in a live one, so a reader on another thread that finds the same odd generation
/// before and after its copy has copied one connection.
/// <code>
///  0  records (8)      8  record bytes (4)   12  free (4)     16  high water (4)   20  in use (4)
/// 24  capacity (4)    28  ready (4)          32  region (32)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RecordSlab
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64;

    [FieldOffset(0)] byte* _records;
    [FieldOffset(8)] uint _recordBytes;
    [FieldOffset(12)] uint _free;
    [FieldOffset(16)] uint _high;
    [FieldOffset(20)] uint _used;
    [FieldOffset(24)] uint _capacity;
    [FieldOffset(28)] uint _ready;
    [FieldOffset(32)] ReservedRegion _region;

    /// <summary>Record 0, which is never used: record n is n records further.</summary>
    public readonly byte* Base => _records;

    /// <summary>Bytes from one record to the next.</summary>
    public readonly uint RecordBytes => _recordBytes;

    /// <summary>The largest number ever taken. A reader on another thread scans up to it.</summary>
    public uint HighWater => Volatile.Read(ref _high);

    /// <summary>Records in use, confirmed or not.</summary>
    public uint Count => Volatile.Read(ref _used);

    /// <summary>The largest number the address space has room for.</summary>
    public readonly uint Capacity => _capacity;

    /// <summary>The largest number whose memory is there, in this and in every array parallel to it. Written by the control thread.</summary>
    public uint Ready => Volatile.Read(ref _ready);

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _region.Committed;

    /// <summary>Reserves for numbers up to <paramref name="capacity"/>.</summary>
    public static bool TryCreate(RecordSlab* slab, uint capacity, uint recordBytes)
    {
        *slab = default;
        if (!ReservedRegion.TryReserve(&slab->_region, ((nuint)capacity + 1) * recordBytes))
        {
            return false;
        }

        slab->_records = slab->_region.Base;
        slab->_recordBytes = recordBytes;
        slab->_capacity = capacity;
        return true;
    }

    /// <summary>Control thread: memory for numbers up to <paramref name="number"/>.</summary>
    public bool Commit(uint number) => _region.Commit(((nuint)number + 1) * _recordBytes);

    /// <summary>Control thread: every parallel array has memory up to this number; from here on the worker may take it.</summary>
    public void Publish(uint ready) => Volatile.Write(ref _ready, ready);

    /// <summary>A record of which all but the generation is zero; 0 when no memory is ready. <see cref="Begin"/> brings it to life.</summary>
    [SkipLocalsInit]
    public uint Take<TRecord>()
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* records = (TRecord*)_records;
        uint number = _free;
        if (number != 0)
        {
            _free = *(uint*)(records + number);
            Prefetch.Pair(records + _free);
        }
        else if (_high < Ready)
        {
            number = _high + 1;
            Volatile.Write(ref _high, number);
        }
        else
        {
            return 0;
        }

        ushort generation = TRecord.ConnectionOf(records + number)->Generation;
        records[number] = default;
        TRecord.ConnectionOf(records + number)->Generation = generation;
        _used++;
        return number;
    }

    /// <summary>The record is filled: readers may see it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Begin(Connection* connection) => Volatile.Write(ref connection->Generation, (ushort)(connection->Generation + 1));

    /// <summary>A record's life ends: it no longer counts, and a reader that copied it knows. Its content stays until <see cref="Give"/>.</summary>
    public void Retire(Connection* connection)
    {
        Volatile.Write(ref connection->Generation, (ushort)(connection->Generation + 1));
        _used--;
    }

    /// <summary>Links a retired record in front of the free ones.</summary>
    public void Give<TRecord>(uint number)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* record = (TRecord*)_records + number;
        TRecord.ConnectionOf(record)->Flags = ConnectionFlags.None;
        *(uint*)record = _free;
        _free = number;
    }

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release() => _region.Release();
}
