namespace Conntrack.RouterOs.Firewall.Patterns;

/// <summary>What a regular expression is made of.</summary>
abstract record PatternNode
{
    /// <summary>Nothing, which is always there.</summary>
    public sealed record Empty : PatternNode;

    /// <summary>One byte of a set.</summary>
    public sealed record One(ByteSet Bytes) : PatternNode;

    /// <summary>The beginning of what is searched, <c>^</c>.</summary>
    public sealed record Begin : PatternNode;

    /// <summary>The end of what there is so far, <c>$</c>.</summary>
    public sealed record End : PatternNode;

    /// <summary>One behind the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>Any of them.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>So many times; <paramref name="Most"/> is null for any number.</summary>
    public sealed record Repeat(PatternNode Part, int Least, int? Most) : PatternNode;
}

/// <summary>A set of bytes.</summary>
readonly record struct ByteSet(UInt128 Low, UInt128 High)
{
    public static ByteSet All { get; } = new(UInt128.MaxValue, UInt128.MaxValue);

    public bool Contains(int value) => ((value < 128 ? Low >> value : High >> (value - 128)) & 1) != 0;

    public ByteSet With(int value) => value < 128 ? this with { Low = Low | (UInt128.One << value) } : this with { High = High | (UInt128.One << (value - 128)) };

    public ByteSet With(ByteSet other) => new(Low | other.Low, High | other.High);

    public ByteSet Inverted => new(~Low, ~High);

    public static ByteSet Range(int first, int last)
    {
        ByteSet set = default;
        for (int value = first; value <= last; value++)
        {
            set = set.With(value);
        }

        return set;
    }

    /// <summary>Letters of both cases where there is one.</summary>
    public ByteSet Folded
    {
        get
        {
            ByteSet set = this;
            for (int letter = 'a'; letter <= 'z'; letter++)
            {
                int capital = letter - 'a' + 'A';
                if (Contains(letter) || Contains(capital))
                {
                    set = set.With(letter).With(capital);
                }
            }

            return set;
        }
    }
}
