using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Compilation;

/// <summary>Rows with a bit for every address list, each content once.</summary>
sealed class ListRows(int words) : RowStore
{
    readonly Dictionary<ulong[], uint> _numbers = new(new SameWords());
    readonly List<ulong> _rows = [];
    readonly ulong[] _current = new ulong[words];

    public override void Load(ReadOnlySpan<ulong> words) => words.CopyTo(_current);

    public override void Flip(int bit) => _current[bit / RulePlacement.WordBits] ^= 1ul << (bit % RulePlacement.WordBits);

    public override uint Number()
    {
        if (!_numbers.TryGetValue(_current, out uint number))
        {
            number = (uint)_numbers.Count;
            _numbers.Add([.. _current], number);
            _rows.AddRange(_current);
        }

        return number;
    }

    public override void Place(ImageParts parts, ref CompiledChain chain) => chain.Rows = Place(parts);

    public uint Place(ImageParts parts) => parts.Place(_rows);

    sealed class SameWords : IEqualityComparer<ulong[]>
    {
        public bool Equals(ulong[]? x, ulong[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ulong[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
