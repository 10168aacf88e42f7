using System.Collections;
using System.Collections.Immutable;

namespace Conntrack.RouterOs.Settings;

/// <summary>
/// The entries of one list in their order, immutable; a change makes a new list in time that grows with the logarithm of its length. Two
/// are equal when a script would write them alike, so ids do not count.
/// </summary>
public sealed class EntryList<T> : IReadOnlyList<T>, IEquatable<EntryList<T>>
    where T : ConfigurationEntry
{
    public static readonly EntryList<T> Empty = new([], 1);

    readonly ImmutableList<T> _entries;

    EntryList(ImmutableList<T> entries, ulong nextId)
    {
        _entries = entries;
        NextId = nextId;
    }

    /// <summary>The id the next entry gets. No id is given twice.</summary>
    public ulong NextId { get; }

    public int Count => _entries.Count;

    public T this[int index] => _entries[index];

    /// <summary>The position of the entry with that id; -1 when there is none.</summary>
    public int IndexOf(ulong id) => _entries.FindIndex(entry => entry.Id == id);

    /// <summary>The entry with that id, or null.</summary>
    public T? Find(ulong id) => IndexOf(id) is >= 0 and int index ? _entries[index] : null;

    /// <summary>With the entry at the end, under a new id.</summary>
    public EntryList<T> Add(T entry) => Insert(Count, entry);

    /// <summary>With the entry at the position <paramref name="index"/>, under a new id.</summary>
    public EntryList<T> Insert(int index, T entry) => Insert(index, entry, NextId);

    /// <summary>With the entry under an id that this list has not given yet, where several lists share theirs.</summary>
    public EntryList<T> Insert(int index, T entry, ulong id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, NextId);
        return new EntryList<T>(_entries.Insert(index, entry with { Id = id }), id + 1);
    }

    /// <summary>With the entry in place of the one at <paramref name="index"/>, whose id it keeps.</summary>
    public EntryList<T> Replace(int index, T entry) => entry.Equals(_entries[index])
        ? this
        : new EntryList<T>(_entries.SetItem(index, entry with { Id = _entries[index].Id }), NextId);

    /// <summary>Without the entry at <paramref name="index"/>.</summary>
    public EntryList<T> RemoveAt(int index) => new(_entries.RemoveAt(index), NextId);

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

        T[] moving = [.. indices.Select(index => _entries[index])];
        ImmutableList<T>.Builder rest = _entries.ToBuilder();
        foreach (int index in indices.OrderDescending())
        {
            rest.RemoveAt(index);
        }

        rest.InsertRange(destination - indices.Count(index => index < destination), moving);
        return new EntryList<T>(rest.ToImmutable(), NextId);
    }

    public IEnumerator<T> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(EntryList<T>? other) =>
        ReferenceEquals(this, other)
        || (other is not null && (ReferenceEquals(_entries, other._entries) || _entries.SequenceEqual(other._entries)));

    public override bool Equals(object? obj) => Equals(obj as EntryList<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T entry in _entries)
        {
            hash.Add(entry);
        }

        return hash.ToHashCode();
    }
}
