using System.Numerics;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Tracking.Translation;

namespace Conntrack.Tracking.Table;

/// <content>Expiry: the dense deadlines swept in slices, and what is due reclaimed in batches whose misses overlap.</content>
public sealed unsafe partial class ConnectionTable<TRecord>
{
    /// <summary>
    /// What reclaiming one record counts for in a slice. Looking at a deadline takes 0.15 ns and reclaiming a record some 40, so a slice
    /// is of about one length whether nothing or everything is due.
    /// </summary>
    const int ReclaimWeight = 256;

    /// <summary>Goes on sweeping where the last slice ended and reclaims what has expired.</summary>
    /// <param name="time">Now.</param>
    /// <param name="maxRecords">Length of the slice in deadlines looked at; see <see cref="ReclaimWeight"/>. Not more than once around.</param>
    /// <returns>Records reclaimed.</returns>
    public int Sweep(ulong time, int maxRecords)
    {
        TableView* view = _view;
        uint end = view->Records.HighWater + 1;
        long budget = Math.Min(maxRecords, (long)end + DeadlineArray.Stride);
        int reclaimed = 0;
        uint from = view->SweepCursor;
        while (budget > 0)
        {
            if (from >= end)
            {
                from = 0;
            }

            uint to = (uint)Math.Min(end, from + budget);
            uint start = from;
            int ended = SweepTo(ref from, to, time);
            reclaimed += ended;
            budget -= from - start + (ended * (long)ReclaimWeight);
        }

        view->SweepCursor = from;
        return reclaimed;
    }

    /// <summary>
    /// As <see cref="Sweep"/> with both costs bounded by themselves, for whoever has to know how far around it came.
    /// </summary>
    /// <param name="time">Now.</param>
    /// <param name="maxRecords">Deadlines looked at, at most; not more than once around.</param>
    /// <param name="maxReclaimed">Ends with the step in which so many are reclaimed.</param>
    /// <param name="seen">Deadlines looked at.</param>
    /// <returns>Records reclaimed.</returns>
    public int SweepSlice(ulong time, int maxRecords, int maxReclaimed, out int seen)
    {
        TableView* view = _view;
        uint end = view->Records.HighWater + 1;
        uint most = (uint)Math.Min(maxRecords, (long)end + DeadlineArray.Stride);
        uint looked = 0;
        int reclaimed = 0;
        uint from = view->SweepCursor;
        while (looked < most && reclaimed < maxReclaimed)
        {
            if (from >= end)
            {
                from = 0;
            }

            uint start = from;
            reclaimed += SweepTo(ref from, Math.Min(end, from + most - looked), time);
            looked += from - start;
        }

        view->SweepCursor = from;
        seen = (int)looked;
        return reclaimed;
    }

    /// <summary>Reclaims everything that has expired. For replay and for small tables; a large one takes 0.2 ms for a million records.</summary>
    /// <returns>Records reclaimed.</returns>
    public int SweepAll(ulong time)
    {
        uint end = _view->Records.HighWater + 1;
        int reclaimed = 0;
        for (uint from = 0; from < end;)
        {
            reclaimed += SweepTo(ref from, end, time);
        }

        return reclaimed;
    }

    /// <summary>
    /// Where time is a capture's own: what has expired by now ends now, for whoever asks for something that ends with it and not only for
    /// the connection itself.
    /// </summary>
    public void SweepThoroughly(ulong time)
    {
        if (IsThorough)
        {
            SweepAll(time);
        }
    }

    /// <summary>Sweeps on until a step had something due, and reclaims that step.</summary>
    int SweepTo(ref uint from, uint to, ulong time)
    {
        uint due = _view->Deadlines.NextDue(ref from, to, Timestamp.Tick(time));
        return due == 0 ? 0 : Reclaim(from - DeadlineArray.Stride, due, time);
    }

    /// <summary>Reclaims those of a step that are due to the microsecond.</summary>
    [SkipLocalsInit]
    int Reclaim(uint first, uint due, ulong time)
    {
        TableView* view = _view;
        for (uint rest = due; rest != 0; rest &= rest - 1)
        {
            PrefetchRecord(first + (uint)BitOperations.TrailingZeroCount(rest));
        }

        uint expired = 0;
        for (uint rest = due; rest != 0; rest &= rest - 1)
        {
            int n = BitOperations.TrailingZeroCount(rest);
            uint record = first + (uint)n;
            if (DeadlineArray.IsDue(_deadlines[record], ConnectionAt(record), time))
            {
                expired |= 1u << n;
                Prefetch.Line(view->Index.BucketOf(TRecord.HashOf(_hash, At(record), 0)));
                if (Translator.IsTranslated(ConnectionAt(record)))
                {
                    Prefetch.Line(view->Index.BucketOf(TRecord.HashOf(_hash, At(record), 1)));
                }
            }
        }

        for (uint rest = expired; rest != 0; rest &= rest - 1)
        {
            End(first + (uint)BitOperations.TrailingZeroCount(rest), ConnectionEnd.Expired);
        }

        return BitOperations.PopCount(expired);
    }
}
