using Conntrack.RouterOs.Firewall.Patterns;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>A regular expression of layer7-protocol, or nothing.</summary>
public sealed class RegexpGrammar : ValueGrammar<string>
{
    const int MostLength = 2048;

    public override string Expected => $"a POSIX regular expression of at most {MostLength} characters over bytes";

    public override ValueProblem? Parse(string text, out string value)
    {
        value = text;
        if (text.Length > MostLength)
        {
            return Whole(text, "is too long");
        }

        return PatternAutomaton.Compile(text, out (string Message, int Index, int Length) problem) is null
            ? new ValueProblem(problem.Message, problem.Index, problem.Length)
            : null;
    }

    public override string Format(string value) => value;
}
