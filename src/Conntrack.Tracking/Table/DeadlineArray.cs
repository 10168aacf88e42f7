using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conntrack.Memory;

namespace Conntrack.Tracking.Table;

/// <summary>
/// When each record ends, in ticks, dense beside the records: a sweep over a million reads 4 MB where the records would be 128.
/// Record n's deadline is word n; 0 is none, which free records have.
/// </summary>
/// <remarks>
/// A timeout of T set at t ends at t+T exactly, to the microsecond: the microseconds of t within its tick are kept in the record
/// (<see cref="Connection.RefreshPhase"/>) and asked only in the one tick in which they matter.
/// Deadlines compare by signed difference and wrap every 497 days. The tick that wraps to 0 cannot be stored; such a deadline is kept in the
/// tick before it, with <see cref="OneTickLater"/> in its phase.
/// <code>
///  0  deadlines (8)   8  region (32)   40  spare (24)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct DeadlineArray
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64;

    /// <summary>Deadlines a step of the sweep looks at: four vectors.</summary>
    public const uint Stride = 32;

    /// <summary>In the refresh phase of a deadline in the tick after the stored one. Phases end at 9999, so the bit is free.</summary>
    public const ushort OneTickLater = 0x8000;

    [FieldOffset(0)] uint* _deadlines;
    [FieldOffset(8)] ReservedRegion _region;

    /// <summary>Word n is record n's.</summary>
    public readonly uint* Base => _deadlines;

    /// <summary>Bytes of memory it holds.</summary>
    public nuint CommittedBytes => _region.Committed;

    /// <summary>Reserves for numbers up to <paramref name="capacity"/>, rounded up to whole steps of the sweep.</summary>
    public static bool TryCreate(DeadlineArray* array, uint capacity)
    {
        *array = default;
        if (!ReservedRegion.TryReserve(&array->_region, ((nuint)capacity + Stride) * sizeof(uint)))
        {
            return false;
        }

        array->_deadlines = (uint*)array->_region.Base;
        return true;
    }

    /// <summary>Control thread: memory for numbers up to <paramref name="number"/>.</summary>
    public bool Commit(uint number) => _region.Commit(((nuint)number + Stride) * sizeof(uint));

    /// <summary>
    /// Sets a deadline; the dense word is written only when its tick changes, so a busy connection dirties the line once in 10 ms.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(uint* deadline, Connection* connection, ulong time, uint timeoutTicks) =>
        SetUncut(deadline, connection, time, Math.Min(timeoutTicks, Timestamp.MaxTicks));

    /// <summary>As <see cref="Set"/>, with a timeout that is known to be at most <see cref="Timestamp.MaxTicks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetUncut(uint* deadline, Connection* connection, ulong time, uint timeoutTicks)
    {
        uint tick = Timestamp.Tick(time) + timeoutTicks;
        ushort phase = Timestamp.Phase(time);
        if (tick == 0)
        {
            tick--;
            phase |= OneTickLater;
        }

        if (*deadline != tick)
        {
            *deadline = tick;
        }

        connection->RefreshPhase = phase;
    }

    /// <summary>Whether a deadline of this tick may have passed; the one comparison that nearly every packet ends with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayBeDue(uint deadline, ulong time) => (int)(Timestamp.Tick(time) - deadline) >= 0;

    /// <summary>Whether the deadline has passed, exactly.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsDue(uint deadline, Connection* connection, ulong time)
    {
        uint phase = connection->RefreshPhase;
        uint end = deadline + (phase >> 15);
        int late = (int)(Timestamp.Tick(time) - end);
        return deadline != 0 && (late > 0 || (late == 0 && Timestamp.Phase(time) >= (phase & (OneTickLater - 1))));
    }

    /// <summary>
    /// Looks at whole steps of <see cref="Stride"/> deadlines from <paramref name="from"/>, a multiple of it, until those up to
    /// <paramref name="to"/> are seen or a step had some that may be due.
    /// </summary>
    /// <param name="from">In: the first number. Out: the number after the last step looked at.</param>
    /// <param name="to">The number to end before; the step it falls in is looked at whole, numbers beyond are 0 there.</param>
    /// <param name="tick">Now.</param>
    /// <returns>Bit n: number (from on return) - <see cref="Stride"/> + n may be due.</returns>
    [SkipLocalsInit]
    public readonly uint NextDue(ref uint from, uint to, uint tick)
    {
        uint* deadlines = _deadlines;
        uint number = from;
        Vector256<uint> now = Vector256.Create(tick);
        uint due = 0;
        while (number < to && due == 0)
        {
            // The sign of now - deadline says "later"; an absent deadline says so too.
            Vector256<uint> a = Later(now, Vector256.Load(deadlines + number));
            Vector256<uint> b = Later(now, Vector256.Load(deadlines + number + 8));
            Vector256<uint> c = Later(now, Vector256.Load(deadlines + number + 16));
            Vector256<uint> d = Later(now, Vector256.Load(deadlines + number + 24));
            if ((a & b & c & d).ExtractMostSignificantBits() != 0xff)
            {
                due = ~(a.ExtractMostSignificantBits() | (b.ExtractMostSignificantBits() << 8)
                    | (c.ExtractMostSignificantBits() << 16) | (d.ExtractMostSignificantBits() << 24));
            }

            number += Stride;
        }

        from = number;
        return due;
    }

    /// <summary>Gives all memory back. The worker must have stopped.</summary>
    public void Release() => _region.Release();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Later(Vector256<uint> now, Vector256<uint> deadline) =>
        (now - deadline) | Vector256.Equals(deadline, Vector256<uint>.Zero);
}
