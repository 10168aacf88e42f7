using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>A property whose value is an object, null when it is unset; an empty text unsets it.</summary>
public sealed class ObjectMenuProperty<TModel, TValue>(
    string name, ValueGrammar<TValue> grammar, Func<TModel, TValue?> read, Func<TModel, TValue?, TModel> write) : MenuProperty<TModel>(name)
    where TValue : class
{
    public override string Expected => grammar.Expected;

    public override IReadOnlyList<string>? Words => grammar.Words;

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        if (value.Text.Length == 0)
        {
            changed = write(model, null);
            return true;
        }

        ValueProblem? problem = grammar.Parse(value.Text, out TValue parsed);
        changed = problem is null ? write(model, parsed) : model;
        if (problem is not null)
        {
            PropertyFindings.ReportProblem(diagnostics, Name, value, problem, grammar.Expected, grammar.Words);
        }

        return problem is null;
    }

    public override bool TryUnset(TModel model, out TModel changed)
    {
        changed = write(model, null);
        return true;
    }

    public override string? Text(TModel model) => read(model) is { } value ? grammar.Format(value) : null;
}
