using Conntrack.Firewall.Matching;

namespace Conntrack.Firewall.Compilation;

/// <summary>Lays the automata of all patterns that rules ask for into the image, each once.</summary>
static unsafe class Layer7Compiler
{
    /// <summary>The offset of the <see cref="Layer7Set"/>, 0 when no rule asks for any.</summary>
    /// <exception cref="ArgumentException">Two patterns have one number, or are of different editions.</exception>
    public static uint Place(IEnumerable<RuleSpec> rules, ImageParts parts)
    {
        Dictionary<byte, Layer7Pattern> patterns = [];
        foreach (Layer7Pattern pattern in rules.SelectMany(rule => rule.Conditions).Select(condition => condition.Pattern).OfType<Layer7Pattern>())
        {
            Layer7Pattern known = patterns.TryAdd(pattern.Number, pattern) ? pattern : patterns[pattern.Number];
            if (!known.Next.AsSpan().SequenceEqual(pattern.Next.AsSpan()) || pattern.Edition != patterns.Values.First().Edition)
            {
                throw new ArgumentException($"Two layer 7 patterns have the number {pattern.Number}, or not all are of one edition.", nameof(rules));
            }
        }

        if (patterns.Count == 0)
        {
            return 0;
        }

        Layer7Set set = new() { Edition = patterns.Values.First().Edition };
        foreach ((byte number, Layer7Pattern pattern) in patterns)
        {
            set.Present |= 1ul << number;
            set.Automata[number] = parts.Place([Automaton(pattern, parts)]);
        }

        return parts.Place([set]);
    }

    static Layer7Automaton Automaton(Layer7Pattern pattern, ImageParts parts)
    {
        Layer7Automaton automaton = new()
        {
            Next = parts.Place<ushort>([.. pattern.Next]),
            Ends = parts.Place<byte>([.. pattern.Ends.Select(static end => (byte)end)]),
            ClassCount = (uint)pattern.ClassCount,
        };
        pattern.Classes.AsSpan().CopyTo(new Span<byte>(automaton.Classes, 256));
        return automaton;
    }
}
