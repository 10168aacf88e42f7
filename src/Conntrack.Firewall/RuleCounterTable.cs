using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Firewall;

/// <summary>
/// The rule counters of all workers. Address space for every slot there can be is reserved at once and memory committed as rules come, so a
/// worker's counters never move while rules are swapped under it.
/// </summary>
/// <remarks>
/// One writer for each row, its worker; whoever reads sums over the rows. Nobody else writes, also to reset: the control side remembers
/// what stood there when a rule was reset, or when its slot was given to another rule, and subtracts it.
/// </remarks>
public sealed unsafe class RuleCounterTable : IDisposable
{
    const nuint MostBytes = (RuleImageBuilder.MostSlot + 1) * RuleCounters.ByteSize;

    readonly int _workers;
    ReservedRegion* _rows;

    /// <summary>Reserves a row for every worker.</summary>
    /// <exception cref="InsufficientMemoryException">The process has not enough address space.</exception>
    public RuleCounterTable(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _workers = workers;
        _rows = (ReservedRegion*)NativeMemory.AllocZeroed((nuint)workers, ReservedRegion.ByteSize);
        for (int worker = 0; worker < workers; worker++)
        {
            if (!ReservedRegion.TryReserve(_rows + worker, MostBytes))
            {
                Dispose();
                throw new InsufficientMemoryException($"No address space for the rule counters of {workers} workers.");
            }
        }
    }

    /// <summary>A worker's counters, good for the slots asked for so far. The address never changes.</summary>
    public RuleCounters* Of(int worker) => (RuleCounters*)_rows[worker].Base;

    /// <summary>
    /// Makes room for slots 0 to <paramref name="slots"/> - 1 at every worker; new ones are 0. To be called before an image is published.
    /// </summary>
    /// <param name="slots">An image's <see cref="RuleImage.SlotCount"/>.</param>
    /// <exception cref="InsufficientMemoryException">The machine has not enough memory.</exception>
    public void Hold(uint slots)
    {
        for (int worker = 0; worker < _workers; worker++)
        {
            if (!_rows[worker].Commit(slots * (nuint)RuleCounters.ByteSize))
            {
                throw new InsufficientMemoryException($"No memory for {slots} rule counters.");
            }
        }
    }

    /// <summary>What all workers counted under a slot that <see cref="Hold"/> made room for.</summary>
    public RuleCounters Sum(uint slot)
    {
        RuleCounters sum = default;
        for (int worker = 0; worker < _workers; worker++)
        {
            RuleCounters* counters = Of(worker) + slot;
            sum.Packets += Volatile.Read(ref counters->Packets);
            sum.Bytes += Volatile.Read(ref counters->Bytes);
        }

        return sum;
    }

    /// <summary>Gives the memory back. Workers must have stopped.</summary>
    public void Dispose()
    {
        for (int worker = 0; _rows != null && worker < _workers; worker++)
        {
            _rows[worker].Release();
        }

        NativeMemory.Free(_rows);
        _rows = null;
    }
}
