namespace Conntrack.RouterOs.Conditions;

/// <summary>Which entries of a list are wanted, in what order, and how many.</summary>
/// <param name="Where">Null for all.</param>
/// <param name="Order">Null for the list's own; entries that are equal in it keep that.</param>
/// <param name="Limit">Null for all.</param>
public sealed record ListQuery<T>(Func<T, bool>? Where = null, Comparison<T>? Order = null, int? Limit = null)
{
    /// <summary>
    /// The entries asked for. Without an order they come as they are read; with an order and a limit no more than that many are held at
    /// any time, so that the ten largest of a million connections cost ten.
    /// </summary>
    public IEnumerable<T> Apply(IEnumerable<T> entries)
    {
        IEnumerable<T> wanted = Where is null ? entries : entries.Where(Where);
        return (Order, Limit) switch
        {
            (null, null) => wanted,
            (null, int limit) => wanted.Take(limit),
            ({ } order, null) => wanted.Order(Comparer<T>.Create(order)),
            ({ } order, int limit) => First(wanted, order, limit),
        };
    }

    static T[] First(IEnumerable<T> entries, Comparison<T> order, int limit)
    {
        // The entry that would be listed last is on top, to make room for a better one.
        var kept = new PriorityQueue<T, (T Entry, long Arrival)>(Comparer<(T Entry, long Arrival)>.Create((left, right) =>
        {
            int byOrder = order(right.Entry, left.Entry);
            return byOrder != 0 ? byOrder : right.Arrival.CompareTo(left.Arrival);
        }));
        long arrival = 0;
        foreach (T entry in entries)
        {
            if (kept.Count < limit)
            {
                kept.Enqueue(entry, (entry, arrival));
            }
            else if (limit > 0)
            {
                kept.EnqueueDequeue(entry, (entry, arrival));
            }

            arrival++;
        }

        var first = new T[kept.Count];
        for (int i = first.Length - 1; i >= 0; i--)
        {
            first[i] = kept.Dequeue();
        }

        return first;
    }
}
