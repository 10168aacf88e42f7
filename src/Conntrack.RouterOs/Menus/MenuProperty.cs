using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>One property of a menu whose entries are kept as <typeparamref name="TModel"/>.</summary>
public abstract class MenuProperty<TModel>(string name)
{
    public string Name { get; } = name;

    /// <summary>Completes "expected …" for its values.</summary>
    public abstract string Expected { get; }

    public abstract IReadOnlyList<string>? Words { get; }

    /// <summary>What its values are to conditions and to programs.</summary>
    public virtual ValueKind Kind => ValueKind.Text;

    /// <summary>Whether its name alone sets it, as in <c>add blackhole</c>.</summary>
    public virtual bool IsSwitch => false;

    /// <summary>The model with the property read from <paramref name="value"/>; false when that is wrong and reported.</summary>
    public abstract bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed);

    /// <summary>The model with the property as if it had never been set; false when it always has a value.</summary>
    public abstract bool TryUnset(TModel model, out TModel changed);

    /// <summary>The value in its canonical form, unquoted; null when the property is unset.</summary>
    public abstract string? Text(TModel model);

    /// <summary>Whether a leading <c>!</c> of the text negates the value, so that a script has to leave it outside quotes.</summary>
    public virtual bool IsNegatable => false;

    /// <summary>The value as a script spells it; null when it is unset or equals that of <paramref name="defaults"/>.</summary>
    public string? Write(TModel model, TModel defaults)
    {
        string? text = Text(model);
        return text is null || text == Text(defaults) ? null : Spell(text);
    }

    /// <summary>The value as a script spells it; null when it is unset.</summary>
    public string? Write(TModel model) => Text(model) is string text ? Spell(text) : null;

    /// <summary>The argument that gives it its value: <c>name=value</c>, or the name alone; null when it is unset.</summary>
    public virtual string? Argument(TModel model) => Write(model) is string value ? $"{Name}={value}" : null;

    string Spell(string text) => IsNegatable && text.StartsWith('!') ? "!" + ScriptText.Quote(text[1..]) : ScriptText.Quote(text);
}

/// <summary>
/// A property with a typed value. <paramref name="read"/> yields null when the property is unset; <paramref name="write"/> with null unsets
/// it, and is only called so when <paramref name="canUnset"/>.
/// </summary>
public sealed class MenuProperty<TModel, TValue>(
    string name, ValueGrammar<TValue> grammar, Func<TModel, TValue?> read, Func<TModel, TValue?, TModel> write, bool canUnset = false)
    : MenuProperty<TModel>(name)
    where TValue : struct
{
    public override string Expected => grammar.Expected;

    public override IReadOnlyList<string>? Words => grammar.Words;

    public override ValueKind Kind => grammar.Kind;

    /// <summary>Whether an empty value takes the property away.</summary>
    public bool EmptyUnsets { get; init; }

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        if (EmptyUnsets && value.Text.Length == 0)
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
        changed = canUnset ? write(model, null) : model;
        return canUnset;
    }

    public override bool IsNegatable => grammar.IsNegatable;

    /// <summary>The value; null when the property is unset.</summary>
    public TValue? Value(TModel model) => read(model);

    public override string? Text(TModel model) => read(model) is { } value ? grammar.Format(value) : null;
}

/// <summary>A property that is text; unset it is empty.</summary>
public sealed class TextMenuProperty<TModel>(
    string name, ValueGrammar<string> grammar, Func<TModel, string> read, Func<TModel, string, TModel> write, bool canUnset = false)
    : MenuProperty<TModel>(name)
{
    public override string Expected => grammar.Expected;

    public override IReadOnlyList<string>? Words => grammar.Words;

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        ValueProblem? problem = grammar.Parse(value.Text, out string parsed);
        changed = problem is null ? write(model, parsed) : model;
        if (problem is not null)
        {
            PropertyFindings.ReportProblem(diagnostics, Name, value, problem, grammar.Expected, grammar.Words);
        }

        return problem is null;
    }

    public override bool TryUnset(TModel model, out TModel changed)
    {
        changed = canUnset ? write(model, "") : model;
        return canUnset;
    }

    public override string? Text(TModel model) => grammar.Format(read(model));
}

/// <summary>A property that is there or not: <c>blackhole</c> alone sets it, <c>!blackhole</c> or <c>blackhole=no</c> takes it away.</summary>
public sealed class SwitchMenuProperty<TModel>(string name, Func<TModel, bool> read, Func<TModel, bool, TModel> write)
    : MenuProperty<TModel>(name)
{
    public override string Expected => CommonGrammars.YesNo.Expected;

    public override IReadOnlyList<string> Words => CommonGrammars.YesNo.Words;

    public override ValueKind Kind => ValueKind.Flag;

    public override bool IsSwitch => true;

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        // The value of "add blackhole" is its own name, that of the export's "blackhole=" nothing.
        bool on = true;
        ValueProblem? problem = value.Text == Name || value.Text.Length == 0 ? null : CommonGrammars.YesNo.Parse(value.Text, out on);
        changed = problem is null ? write(model, on) : model;
        if (problem is not null)
        {
            PropertyFindings.ReportProblem(diagnostics, Name, value, problem, Expected, Words);
        }

        return problem is null;
    }

    public override bool TryUnset(TModel model, out TModel changed)
    {
        changed = write(model, false);
        return true;
    }

    public override string? Text(TModel model) => read(model) ? "yes" : null;

    public override string? Argument(TModel model) => read(model) ? Name : null;
}

/// <summary>
/// A property that has a typed value or a word in place of one: <c>mtu=auto</c>, <c>horizon=none</c>. Where the word is empty the property is
/// then not shown: <c>pref-src=""</c>.
/// </summary>
public sealed class OptionMenuProperty<TModel, TValue>(
    string name, string word, ValueGrammar<TValue> grammar, Func<TModel, TValue?> read, Func<TModel, TValue?, TModel> write)
    : MenuProperty<TModel>(name)
    where TValue : struct
{
    public override string Expected => word.Length == 0 ? grammar.Expected : $"{word}, or {grammar.Expected}";

    public override IReadOnlyList<string>? Words { get; } = word.Length == 0 ? grammar.Words : [word, .. grammar.Words ?? []];

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        if (value.Text == word)
        {
            changed = write(model, null);
            return true;
        }

        ValueProblem? problem = grammar.Parse(value.Text, out TValue parsed);
        changed = problem is null ? write(model, parsed) : model;
        if (problem is not null)
        {
            PropertyFindings.ReportProblem(diagnostics, Name, value, problem, Expected, Words);
        }

        return problem is null;
    }

    public override bool TryUnset(TModel model, out TModel changed)
    {
        changed = write(model, null);
        return true;
    }

    public override string? Text(TModel model) => read(model) is { } value ? grammar.Format(value) : word.Length == 0 ? null : word;
}
