using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Compilation;

/// <summary>Rows of up to 64 rules.</summary>
sealed class WordRows : RowStore
{
    readonly Dictionary<ulong, uint> _numbers = [];
    readonly List<ulong> _rows = [];
    ulong _current;

    public override void Load(ReadOnlySpan<ulong> words) => _current = words[0];

    public override void Flip(int bit) => _current ^= 1ul << bit;

    public override uint Number()
    {
        ref uint number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, _current, out bool known);
        if (!known)
        {
            number = (uint)_rows.Count;
            _rows.Add(_current);
        }

        return number;
    }

    public override void Place(ImageParts parts, ref CompiledChain chain) => chain.Rows = parts.Place(_rows);
}
