using System.Collections.Immutable;
using System.Text;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// Elements by position, then elements by key in the order of the keys. Changes make a new array in time that grows with the logarithm of
/// its size. Arrays that share elements may have a text that is exponential in their depth, so whoever writes one sets it a limit.
/// </summary>
public sealed record ArrayData : ScriptData
{
    /// <summary>Arrays within arrays; texts and comparisons go down recursively.</summary>
    public const int MostDepth = 32;

    public static ArrayData Empty { get; } = new(
        [], ImmutableSortedDictionary.Create<string, ScriptData>(StringComparer.Ordinal), 1);

    ArrayData(ImmutableList<ScriptData> items, ImmutableSortedDictionary<string, ScriptData> keyed, int depth)
    {
        Items = items;
        Keyed = keyed;
        Depth = depth;
    }

    public ImmutableList<ScriptData> Items { get; }

    public ImmutableSortedDictionary<string, ScriptData> Keyed { get; }

    /// <summary>1 for an array without arrays in it.</summary>
    public int Depth { get; }

    public override string Type => "array";

    public override string Text
    {
        get
        {
            var text = new StringBuilder();
            TryWrite(text, ';', ScriptBudget.MostText);
            return text.ToString();
        }
    }

    public override int Length => Items.Count + Keyed.Count;

    /// <summary>Keys and elements in order; the key of an element by position is that.</summary>
    public IEnumerable<(ScriptData Key, ScriptData Value)> Entries => Items
        .Select(static (item, index) => ((ScriptData)new NumberData(index), item))
        .Concat(Keyed.Select(static pair => ((ScriptData)new TextData(pair.Key), pair.Value)));

    public static ArrayData Of(IEnumerable<ScriptData> items)
    {
        ImmutableList<ScriptData> list = [.. items];
        return new ArrayData(list, Empty.Keyed, 1 + list.Select(DepthOf).DefaultIfEmpty().Max());
    }

    /// <summary>The elements of this one and behind them those of the other; of two with one key that of the other.</summary>
    public ArrayData Append(ArrayData other) =>
        new(Items.AddRange(other.Items), Keyed.SetItems(other.Keyed), Math.Max(Depth, other.Depth));

    /// <summary>The element of that position or key, or null.</summary>
    public ScriptData? Find(ScriptData key) => key is NumberData { Value: var index }
        ? index >= 0 && index < Items.Count ? Items[(int)index] : null
        : Keyed.GetValueOrDefault(key.Text);

    /// <summary>With the element under that key, or at that position, which may be the one behind the last; null for one further off.</summary>
    public ArrayData? With(ScriptData key, ScriptData value)
    {
        int depth = Math.Max(Depth, 1 + DepthOf(value));
        if (key is not NumberData { Value: var index })
        {
            return new ArrayData(Items, Keyed.SetItem(key.Text, value), depth);
        }

        return index < 0 || index > Items.Count ? null
            : new ArrayData(index == Items.Count ? Items.Add(value) : Items.SetItem((int)index, value), Keyed, depth);
    }

    public override bool TryWrite(StringBuilder text, char separator, int most)
    {
        bool first = true;
        foreach (ScriptData item in Items)
        {
            if (!TryWriteNext(item, null, ref first, text, separator, most))
            {
                return false;
            }
        }

        foreach ((string key, ScriptData value) in Keyed)
        {
            if (!TryWriteNext(value, key, ref first, text, separator, most))
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(ArrayData? other) => ReferenceEquals(this, other) || (other is not null && Text == other.Text);

    public override int GetHashCode() => HashCode.Combine(Items.Count, Keyed.Count);

    static int DepthOf(ScriptData data) => data is ArrayData array ? array.Depth : 0;

    static bool TryWriteNext(ScriptData data, string? key, ref bool first, StringBuilder text, char separator, int most)
    {
        if (!first)
        {
            text.Append(separator);
        }

        first = false;
        if (key is not null)
        {
            text.Append(key).Append('=');
        }

        return data.TryWrite(text, separator, most) && text.Length <= most;
    }
}
