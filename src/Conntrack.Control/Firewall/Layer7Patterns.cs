using Conntrack.Control.Settings;
using Conntrack.Firewall;
using Conntrack.RouterOs.Firewall.Patterns;
using Conntrack.Tracking.Table;

namespace Conntrack.Control.Firewall;

/// <summary>
/// The patterns that rules ask for, with numbers that stay theirs while rules change: connections remember by number what was found in them. Only
/// when a number passes to another pattern is what connections remember of all of them void.
/// </summary>
sealed class Layer7Patterns
{
    readonly string?[] _expressions = new string?[Layer7State.MostPatterns];
    readonly Dictionary<string, Layer7Pattern> _compiled = [];
    uint _edition = 1;

    /// <summary>Numbers these expressions, and frees the numbers of all others.</summary>
    /// <exception cref="ConfigurationRefusedException">There are too many; the numbers stay as they are.</exception>
    public void Keep(IReadOnlyCollection<string> expressions)
    {
        if (expressions.Count > _expressions.Length)
        {
            throw new ConfigurationRefusedException(
                [new PropertyProblem("layer7-protocol", $"layer7-protocol: enabled rules ask for {expressions.Count} patterns, at most {_expressions.Length} can be looked for")]);
        }

        HashSet<string> wanted = [.. expressions];
        string[] come = [.. wanted.Where(expression => !_expressions.Contains(expression))];
        int[] unused = [.. Enumerable.Range(0, _expressions.Length).Where(number => _expressions[number] == null)];
        int[] left = [.. Enumerable.Range(0, _expressions.Length).Where(number => _expressions[number] is { } expression && !wanted.Contains(expression))];
        _edition += come.Length > unused.Length ? 1u : 0;
        foreach ((string expression, int number) in come.Zip(unused.Concat(left)))
        {
            _expressions[number] = expression;
        }

        _compiled.Clear();
        for (int number = 0; number < _expressions.Length; number++)
        {
            if (_expressions[number] is { } expression && wanted.Contains(expression))
            {
                _compiled[expression] = Compile(expression, (byte)number);
            }
        }
    }

    /// <summary>The pattern of an expression that was kept.</summary>
    public Layer7Pattern Of(string expression) => _compiled[expression];

    Layer7Pattern Compile(string expression, byte number)
    {
        PatternAutomaton automaton = PatternAutomaton.Compile(expression, out _)
            ?? throw new ArgumentException($"{expression} was not checked when it was read.", nameof(expression));
        return new Layer7Pattern(number, _edition, automaton.Classes, automaton.Next, [.. automaton.Ends.Select(static end => (Layer7End)end)]);
    }
}
