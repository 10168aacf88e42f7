using System.Collections.Immutable;

namespace Conntrack.RouterOs.Firewall.Patterns;

/// <summary>
/// A regular expression as a deterministic automaton that finds it anywhere in what it is led through: one step a byte, however the expression and
/// the bytes look. State 0 is that of no hope, 1 the first, 2 that of having found it; none but 1 and what follows it is ever left.
/// </summary>
public sealed class PatternAutomaton
{
    /// <summary>Largest table, in transitions: half a megabyte.</summary>
    public const int MostTransitions = 1 << 18;

    /// <summary>Places visited while it is made, at most: a fraction of a second.</summary>
    const int MostWork = 4_000_000;

    const ushort NoHope = 0, Found = 2;

    readonly PatternGraph _graph;
    readonly List<int[]> _states = [];
    readonly Dictionary<string, ushort> _numbers = [];
    readonly List<ushort> _next = [];
    readonly List<bool> _atEnd = [];
    int _work;

    PatternAutomaton(PatternGraph graph)
    {
        _graph = graph;
        (Classes, ClassCount) = Divide(graph);
        int[] inMidst = Reach([graph.Start], atBegin: false, atEnd: false);
        AddState([], "none");
        int[] first = Reach([graph.Start], atBegin: true, atEnd: false);
        AddState(first, "first");
        AddState([], "found");
        if (IsFound(first))
        {
            // Nothing is always there.
            _states[1] = [];
        }

        byte[] samples = [.. Enumerable.Range(0, ClassCount).Select(column => (byte)Array.IndexOf([.. Classes], (byte)column))];
        for (int state = 0; state < _states.Count; state++)
        {
            foreach (byte sample in samples)
            {
                _next.Add(state == NoHope ? NoHope : state == Found || IsFound(first) ? Found : After(_states[state], sample, inMidst));
            }
        }

        Next = [.. _next];
        Ends = [.. _states.Select((places, state) => state == Found || (state == 1 && IsFound(first)) ? PatternEnd.Found : _atEnd[state] ? PatternEnd.FoundAtEnd : PatternEnd.Nothing)];
    }

    /// <summary>The column of each of the 256 bytes.</summary>
    public ImmutableArray<byte> Classes { get; }

    /// <summary>Columns of a row.</summary>
    public int ClassCount { get; }

    /// <summary>Rows: from each state, by column, to the next.</summary>
    public ImmutableArray<ushort> Next { get; }

    /// <summary>Of each state, what it is to have come there.</summary>
    public ImmutableArray<PatternEnd> Ends { get; }

    /// <summary>Makes the automaton of an expression; null and what is wrong, and where, when there is none.</summary>
    public static PatternAutomaton? Compile(string expression, out (string Message, int Index, int Length) problem)
    {
        problem = default;
        try
        {
            return new PatternAutomaton(PatternGraph.Of(PatternReader.Read(expression)));
        }
        catch (PatternException exception)
        {
            problem = (exception.Message, exception.Index, Math.Min(exception.Length, expression.Length - exception.Index));
            return null;
        }
    }

    /// <summary>Whether a text has the expression in it, as one packet that is led through; zeros are left out.</summary>
    public bool IsIn(ReadOnlySpan<byte> text)
    {
        int state = 1;
        foreach (byte letter in text)
        {
            state = letter == 0 ? state : Next[(state * ClassCount) + Classes[letter]];
        }

        return Ends[state] != PatternEnd.Nothing;
    }

    /// <summary>Bytes that no set tells apart share a column.</summary>
    static (ImmutableArray<byte> Classes, int Count) Divide(PatternGraph graph)
    {
        int[] classes = new int[256];
        int count = 1;
        foreach (ByteSet set in graph.Places.Where(place => place.Kind == PatternGraph.PlaceKind.Byte).Select(place => place.Bytes).Distinct())
        {
            Dictionary<(int, bool), int> divided = [];
            for (int value = 0; value < 256; value++)
            {
                (int, bool) key = (classes[value], set.Contains(value));
                divided.TryAdd(key, divided.Count);
                classes[value] = divided[key];
            }

            count = divided.Count;
        }

        return ([.. classes.Select(static column => (byte)column)], count);
    }

    ushort After(int[] places, byte letter, int[] inMidst)
    {
        List<int> begin = [];
        foreach (int place in places)
        {
            Work();
            PatternGraph.Place there = _graph.Places[place];
            if (there.Kind == PatternGraph.PlaceKind.Byte && there.Bytes.Contains(letter))
            {
                begin.Add(there.Next);
            }
        }

        int[] reached = [.. Reach(begin, atBegin: false, atEnd: false).Union(inMidst).Order()];
        Work(reached.Length);
        if (IsFound(reached))
        {
            return Found;
        }

        // Without a place that takes a byte, or one that waits for the end, nothing will ever be found.
        return reached.Length == 0 ? NoHope : StateOf(reached);
    }

    static bool IsFound(int[] places) => places.Contains(0);

    ushort StateOf(int[] places)
    {
        string key = string.Create(places.Length, places, static (text, all) =>
        {
            for (int i = 0; i < all.Length; i++)
            {
                text[i] = (char)all[i];
            }
        });
        return _numbers.TryGetValue(key, out ushort number) ? number : AddState(places, key);
    }

    ushort AddState(int[] places, string key)
    {
        if ((_states.Count + 1) * ClassCount > MostTransitions || _states.Count == ushort.MaxValue)
        {
            throw new PatternException("is too large", 0, int.MaxValue);
        }

        var number = (ushort)_states.Count;
        _numbers[key] = number;
        _states.Add(places);
        _atEnd.Add(IsFound(Reach(places, atBegin: number == 1, atEnd: true)));
        return number;
    }

    /// <summary>Places that take a byte, wait for the end or have found it, as far as one comes without a byte.</summary>
    int[] Reach(IEnumerable<int> from, bool atBegin, bool atEnd)
    {
        Stack<int> open = new(from);
        HashSet<int> seen = [];
        List<int> reached = [];
        while (open.TryPop(out int number))
        {
            if (!seen.Add(number))
            {
                continue;
            }

            Work();
            PatternGraph.Place place = _graph.Places[number];
            switch (place.Kind)
            {
                case PatternGraph.PlaceKind.Fork:
                    open.Push(place.Next);
                    open.Push(place.Other);
                    break;
                case PatternGraph.PlaceKind.Begin when atBegin:
                    open.Push(place.Next);
                    break;
                case PatternGraph.PlaceKind.Begin:
                    break;
                case PatternGraph.PlaceKind.End when atEnd:
                    open.Push(place.Next);
                    break;
                default:
                    reached.Add(number);
                    break;
            }
        }

        return [.. reached.Order()];
    }

    void Work(int places = 1)
    {
        _work += places;
        if (_work > MostWork)
        {
            throw new PatternException("is too large", 0, int.MaxValue);
        }
    }
}

/// <summary>What it is to have come to a state of a <see cref="PatternAutomaton"/>; the values are the dataplane's.</summary>
public enum PatternEnd : byte
{
    Nothing = 0,
    Found = 1,
    FoundAtEnd = 2,
}
