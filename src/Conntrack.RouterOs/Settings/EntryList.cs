using System.Collections;
using System.Collections.Immutable;

namespace Conntrack.RouterOs.Settings;

/// <summary>
/// The entries of one list in their order, immutable; a change makes a new list in time that grows with the logarithm of its length,
/// an entry at the end in less: the last few stand in an array that versions of the list share. Two
/// are equal when a script would write them alike, so ids do not count.
/// </summary>
public sealed class EntryList<T> : IReadOnlyList<T>, IEquatable<EntryList<T>>
    where T : ConfigurationEntry
{
    public static readonly EntryList<T> Empty = new([], 1);

    readonly ImmutableList<T> _front;
    readonly EntryTail<T>? _tail;
    readonly int _tailCount;
    ImmutableList<T>? _whole;

    EntryList(ImmutableList<T> entries, ulong nextId)
    {
        _front = entries;
        _whole = entries;
        NextId = nextId;
    }

    EntryList(ImmutableList<T> front, EntryTail<T> tail, int tailCount, ulong nextId)
    {
        _front = front;
        _tail = tail;
        _tailCount = tailCount;
        NextId = nextId;
    }

    /// <summary>Everything in one tree, for whoever changes more than the end.</summary>
    ImmutableList<T> Whole => _whole ??= _front.AddRange(_tail!.Items[.._tailCount]);

    /// <summary>The id the next entry gets. No id is given twice.</summary>
    public ulong NextId { get; }

    public int Count => _front.Count + _tailCount;

    public T this[int index] => index < _front.Count || index >= Count ? _front[index] : _tail!.Items[index - _front.Count];

    /// <summary>The position of the entry with that id; -1 when there is none.</summary>
    public int IndexOf(ulong id) => Whole.FindIndex(entry => entry.Id == id);

    /// <summary>The entry with that id, or null.</summary>
    public T? Find(ulong id) => IndexOf(id) is >= 0 and int index ? this[index] : null;

    /// <summary>With the entry at the end, under a new id.</summary>
    public EntryList<T> Add(T entry) => Insert(Count, entry);

    /// <summary>With the entry at the position <paramref name="index"/>, under a new id.</summary>
    public EntryList<T> Insert(int index, T entry) => Insert(index, entry, NextId);

    /// <summary>With the entry under an id that this list has not given yet, where several lists share theirs.</summary>
    public EntryList<T> Insert(int index, T entry, ulong id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, NextId);
        entry = entry with { Id = id };
        if (index != Count)
        {
            return new EntryList<T>(Whole.Insert(index, entry), id + 1);
        }

        if (_tail is not null && _tail.TryAppend(_tailCount, entry))
        {
            return new EntryList<T>(_front, _tail, _tailCount + 1, id + 1);
        }

        return new EntryList<T>(Whole, new EntryTail<T>(entry), 1, id + 1);
    }

    /// <summary>With the entry in place of the one at <paramref name="index"/>, whose id it keeps.</summary>
    public EntryList<T> Replace(int index, T entry) => entry.Equals(this[index])
        ? this
        : new EntryList<T>(Whole.SetItem(index, entry with { Id = this[index].Id }), NextId);

    /// <summary>Without the entry at <paramref name="index"/>.</summary>
    public EntryList<T> RemoveAt(int index) => new(Whole.RemoveAt(index), NextId);

    /// <summary>
    /// With the entries at the positions <paramref name="indices"/> moved, in that order, in front of the one at
    /// <paramref name="destination"/>, or to the end when that is the number of entries.
    /// </summary>
    public EntryList<T> Move(IReadOnlyCollection<int> indices, int destination)
    {
        if (indices.Count == 0)
        {
            return this;
        }

        T[] moving = [.. indices.Select(index => this[index])];
        ImmutableList<T>.Builder rest = Whole.ToBuilder();
        foreach (int index in indices.OrderDescending())
        {
            rest.RemoveAt(index);
        }

        rest.InsertRange(destination - indices.Count(index => index < destination), moving);
        return new EntryList<T>(rest.ToImmutable(), NextId);
    }

    public IEnumerator<T> GetEnumerator() => Whole.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(EntryList<T>? other) =>
        ReferenceEquals(this, other)
        || (other is not null && (ReferenceEquals(Whole, other.Whole) || Whole.SequenceEqual(other.Whole)));

    public override bool Equals(object? obj) => Equals(obj as EntryList<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T entry in Whole)
        {
            hash.Add(entry);
        }

        return hash.ToHashCode();
    }
}
