namespace Conntrack.RouterOs.Settings;

/// <summary>
/// Room for the last entries of a list, shared by the versions of it that grew one from the other: each sees as many as it has counted, and
/// who finds the next place free takes it.
/// </summary>
sealed class EntryTail<T>
{
    const int Room = 256;

    readonly T[] _items = new T[Room];
    int _used = 1;

    public EntryTail(T first) => _items[0] = first;

    public T[] Items => _items;

    /// <summary>Puts an entry behind the first <paramref name="count"/>; false when another version has, or there is no room.</summary>
    public bool TryAppend(int count, T entry)
    {
        if (count == Room || Interlocked.CompareExchange(ref _used, count + 1, count) != count)
        {
            return false;
        }

        _items[count] = entry;
        return true;
    }
}
