using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Conntrack.RouterOs.Settings;

/// <summary>Several values of one property in the order written, immutable. Arrays compare by reference; these compare by content.</summary>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public readonly struct ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    readonly ImmutableArray<T> _values;

    internal ValueList(ImmutableArray<T> values) => _values = values;

    ImmutableArray<T> Values => _values.IsDefault ? [] : _values;

    public int Count => Values.Length;

    public T this[int index] => Values[index];

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)Values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(ValueList<T> other) => Values.SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is ValueList<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T value in Values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(ValueList<T> left, ValueList<T> right) => left.Equals(right);

    public static bool operator !=(ValueList<T> left, ValueList<T> right) => !left.Equals(right);
}

/// <summary>Makes a <see cref="ValueList{T}"/> of a collection expression.</summary>
public static class ValueList
{
    public static ValueList<T> Create<T>(ReadOnlySpan<T> values) => new([.. values]);
}
