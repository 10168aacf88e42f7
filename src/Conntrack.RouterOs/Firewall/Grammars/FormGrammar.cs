using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Firewall.Grammars;

/// <summary>A value of one fixed form.</summary>
/// <param name="expected">Completes "expected …".</param>
/// <param name="problem">What is said of a text that is not of this form: <c>is no range</c>.</param>
/// <param name="parse">The value of a text; null when it is none.</param>
/// <param name="format">Its canonical text, which <paramref name="parse"/> reads back.</param>
/// <param name="words">Where values are a closed list.</param>
sealed class FormGrammar<T>(
    string expected, string problem, Func<string, T?> parse, Func<T, string> format, IReadOnlyList<string>? words = null)
    : ValueGrammar<T>
    where T : struct
{
    public override string Expected => expected;

    public override IReadOnlyList<string>? Words => words;

    public override ValueProblem? Parse(string text, out T value)
    {
        T? read = parse(text);
        value = read.GetValueOrDefault();
        return read is null ? Whole(text, problem) : null;
    }

    public override string Format(T value) => format(value);
}
