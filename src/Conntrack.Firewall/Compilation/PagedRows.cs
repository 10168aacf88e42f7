using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Firewall.Compilation;

/// <summary>
/// Rows of many rules, as pages of leaves, every content stored once. Only what was flipped since the last number is looked up again, so
/// that a sweep over an axis costs a leaf, a page and a row for each boundary, whatever the number of rules.
/// </summary>
sealed class PagedRows : RowStore
{
    readonly ulong[] _words;
    readonly uint[] _leafNumbers;
    readonly uint[] _pageNumbers;
    readonly Changes _changedLeaves;
    readonly Changes _changedPages;

    readonly Dictionary<Vector512<ulong>, uint> _leaves = [];
    readonly Dictionary<Vector256<uint>, uint> _pages = [];
    readonly Dictionary<uint[], uint> _rows = new(new SamePages());
    readonly List<Vector512<ulong>> _leafContents = [];
    readonly List<RulePage> _pageContents = [];
    readonly List<byte> _rowContents = [];
    readonly List<ulong> _summaries = [];
    readonly int _rowBytes;

    public PagedRows(int pages)
    {
        _words = new ulong[pages * RulePage.WordCount];
        _leafNumbers = new uint[pages * RulePage.LeafCount];
        _pageNumbers = new uint[pages];
        _changedLeaves = new Changes(_leafNumbers.Length);
        _changedPages = new Changes(pages);
        _rowBytes = (int)RulePage.RowBytes((uint)pages);
    }

    public override void Load(ReadOnlySpan<ulong> words)
    {
        words.CopyTo(_words);
        _changedLeaves.All();
    }

    public override void Flip(int bit)
    {
        int word = bit / RulePlacement.WordBits;
        _words[word] ^= 1ul << (bit % RulePlacement.WordBits);
        _changedLeaves.Add(word / RulePage.WordsInLeaf);
    }

    public override uint Number()
    {
        foreach (int leaf in _changedLeaves.Take())
        {
            var content = Vector512.Create<ulong>(_words.AsSpan(leaf * RulePage.WordsInLeaf, RulePage.WordsInLeaf));
            _leafNumbers[leaf] = NumberOf(_leaves, content, _leafContents.Count, out bool isNew);
            if (isNew)
            {
                _leafContents.Add(content);
            }

            _changedPages.Add(leaf / RulePage.LeafCount);
        }

        foreach (int page in _changedPages.Take())
        {
            var leaves = Vector256.Create<uint>(_leafNumbers.AsSpan(page * RulePage.LeafCount, RulePage.LeafCount));
            _pageNumbers[page] = NumberOf(_pages, leaves, _pageContents.Count, out bool isNew);
            if (isNew)
            {
                AddPage(leaves);
            }
        }

        if (!_rows.TryGetValue(_pageNumbers, out uint row))
        {
            row = (uint)_rows.Count;
            _rows.Add([.. _pageNumbers], row);
            AddRow();
        }

        return row;
    }

    public override void Place(ImageParts parts, ref CompiledChain chain)
    {
        chain.RowBytes = (uint)_rowBytes;
        chain.Rows = parts.Place(_rowContents);
        chain.Pages = parts.Place(_pageContents);
        chain.Leaves = parts.Place(_leafContents);
    }

    static uint NumberOf<TKey>(Dictionary<TKey, uint> numbers, TKey content, int next, out bool isNew)
        where TKey : notnull
    {
        ref uint number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, content, out bool known);
        isNew = !known;
        if (isNew)
        {
            number = (uint)next;
        }

        return number;
    }

    unsafe void AddPage(Vector256<uint> leaves)
    {
        RulePage page = default;
        ulong summary = 0;
        for (int i = 0; i < RulePage.LeafCount; i++)
        {
            page.Leaves[i] = leaves[i];
            Vector512<ulong> words = _leafContents[(int)leaves[i]];
            ulong notZero = ~Vector512.Equals(words, Vector512<ulong>.Zero).ExtractMostSignificantBits() & byte.MaxValue;
            summary |= notZero << (i * RulePage.WordsInLeaf);
        }

        _pageContents.Add(page);
        _summaries.Add(summary);
    }

    void AddRow()
    {
        int at = _rowContents.Count;
        CollectionsMarshal.SetCount(_rowContents, at + _rowBytes);
        Span<byte> row = CollectionsMarshal.AsSpan(_rowContents)[at..];
        row.Clear();
        Span<ulong> summaries = MemoryMarshal.Cast<byte, ulong>(row)[.._pageNumbers.Length];
        for (int i = 0; i < summaries.Length; i++)
        {
            summaries[i] = _summaries[(int)_pageNumbers[i]];
        }

        MemoryMarshal.AsBytes(_pageNumbers.AsSpan()).CopyTo(row[(summaries.Length * sizeof(ulong))..]);
    }

    /// <summary>Numbers noted since they were last taken, each once.</summary>
    sealed class Changes(int count)
    {
        readonly bool[] _noted = new bool[count];
        readonly int[] _numbers = new int[count];
        int _count;

        public void Add(int number)
        {
            if (!_noted[number])
            {
                _noted[number] = true;
                _numbers[_count++] = number;
            }
        }

        public void All()
        {
            for (int i = 0; i < _noted.Length; i++)
            {
                Add(i);
            }
        }

        public ReadOnlySpan<int> Take()
        {
            ReadOnlySpan<int> taken = _numbers.AsSpan(0, _count);
            foreach (int number in taken)
            {
                _noted[number] = false;
            }

            _count = 0;
            return taken;
        }
    }

    sealed class SamePages : IEqualityComparer<uint[]>
    {
        public bool Equals(uint[]? x, uint[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(uint[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
