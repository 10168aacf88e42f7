namespace Conntrack.RouterOs.Firewall.Patterns;

/// <summary>
/// A regular expression as a graph (Thompson's construction): places that take one byte, and steps between them that take none.
/// </summary>
sealed class PatternGraph
{
    /// <summary>Places at most; what repetitions stand for is counted.</summary>
    const int MostPlaces = 4096;

    readonly List<Place> _places = [];

    PatternGraph(PatternNode pattern)
    {
        int found = Add(new(PlaceKind.Found));
        Start = Lay(pattern, found);
    }

    /// <summary>What a place does.</summary>
    public enum PlaceKind : byte
    {
        /// <summary>Takes a byte of its set and goes on.</summary>
        Byte,

        /// <summary>Goes on both ways.</summary>
        Fork,

        /// <summary>Goes on at the beginning.</summary>
        Begin,

        /// <summary>Goes on where nothing follows.</summary>
        End,

        Found,
    }

    public readonly record struct Place(PlaceKind Kind, ByteSet Bytes = default, int Next = -1, int Other = -1);

    public int Start { get; }

    public List<Place> Places => _places;

    /// <exception cref="PatternException">It has too many places.</exception>
    public static PatternGraph Of(PatternNode pattern) => new(pattern);

    /// <summary>Lays a part in front of a place; returns where the part begins.</summary>
    int Lay(PatternNode node, int next)
    {
        switch (node)
        {
            case PatternNode.One one:
                return Add(new(PlaceKind.Byte, one.Bytes, next));
            case PatternNode.Begin:
                return Add(new(PlaceKind.Begin, Next: next));
            case PatternNode.End:
                return Add(new(PlaceKind.End, Next: next));
            case PatternNode.Sequence sequence:
                return sequence.Parts.Reverse().Aggregate(next, (behind, part) => Lay(part, behind));
            case PatternNode.Choice choice:
                return choice.Parts.Select(part => Lay(part, next)).ToArray().Aggregate((one, other) => Add(new(PlaceKind.Fork, Next: one, Other: other)));
            case PatternNode.Repeat repeat:
                return Lay(repeat, next);
            default:
                return next;
        }
    }

    int Lay(PatternNode.Repeat repeat, int next)
    {
        int behind = next;
        if (repeat.Most is { } most)
        {
            for (int optional = repeat.Least; optional < most; optional++)
            {
                behind = Add(new(PlaceKind.Fork, Next: Lay(repeat.Part, behind), Other: next));
            }
        }
        else
        {
            int loop = Add(new(PlaceKind.Fork, Other: next));
            _places[loop] = _places[loop] with { Next = Lay(repeat.Part, loop) };
            behind = loop;
        }

        for (int necessary = 0; necessary < repeat.Least; necessary++)
        {
            behind = Lay(repeat.Part, behind);
        }

        return behind;
    }

    int Add(Place place)
    {
        if (_places.Count == MostPlaces)
        {
            throw new PatternException("is too large", 0, int.MaxValue);
        }

        _places.Add(place);
        return _places.Count - 1;
    }
}
