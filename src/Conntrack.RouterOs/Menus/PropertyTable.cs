using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// The properties of one menu as a table. Reading a script, writing an export and suggesting a word all go by it, so what can be written
/// can be read back.
/// </summary>
public sealed class PropertyTable<TModel>
{
    readonly Dictionary<string, MenuProperty<TModel>> _byName = [];

    public PropertyTable(params MenuProperty<TModel>[] properties)
    {
        Properties = properties;
        foreach (MenuProperty<TModel> property in properties)
        {
            _byName.Add(property.Name, property);
        }
    }

    /// <summary>In the order in which they are written.</summary>
    public IReadOnlyList<MenuProperty<TModel>> Properties { get; }

    /// <summary>Properties that show something and cannot be set.</summary>
    public IReadOnlySet<string> ReadOnly { get; init; } = new HashSet<string>();

    /// <summary>Properties of RouterOS that this product has no use for.</summary>
    public IReadOnlySet<string> NotApplicable { get; init; } = new HashSet<string>();

    /// <summary>Properties of RouterOS of which this product does one value only, so far: the name and that value.</summary>
    public IReadOnlyDictionary<string, string> Fixed { get; init; } = new Dictionary<string, string>();

    /// <summary>Properties of RouterOS that this product is to do but does not do yet. Unsetting one changes nothing and is fine.</summary>
    public IReadOnlySet<string> NotYet { get; init; } = new HashSet<string>();

    /// <summary>Properties of neighbouring menus that this one cannot have, and why.</summary>
    public IReadOnlyDictionary<string, string> Impossible { get; init; } = new Dictionary<string, string>();

    /// <summary>Other spellings of properties, of older versions or neighbouring menus.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Everything a script may name here, for "did you mean".</summary>
    public IEnumerable<string> Names => _byName.Keys.Concat(Fixed.Keys).Concat(NotApplicable).Concat(NotYet).Concat(ReadOnly);

    /// <summary>The property of that name, or null.</summary>
    public MenuProperty<TModel>? Find(string name) => _byName.GetValueOrDefault(Aliases.GetValueOrDefault(name, name));

    /// <summary>The property that the argument sets by its name alone, or null.</summary>
    public MenuProperty<TModel>? SwitchOf(Argument argument) =>
        argument is { Name: "", Value: TextValue text } && _byName.TryGetValue(text.Text, out MenuProperty<TModel>? property)
        && property.IsSwitch ? property : null;

    /// <summary>The model with all arguments applied; each argument that is wrong is reported and leaves the model as it was.</summary>
    /// <param name="model">What the arguments change.</param>
    /// <param name="arguments">Properties; arguments that name what is changed have been taken out.</param>
    /// <param name="noted">Properties already noted as not applicable while this script is loaded: one note each is enough.</param>
    /// <param name="diagnostics">Where findings go.</param>
    public TModel Apply(TModel model, IEnumerable<Argument> arguments, ISet<string> noted, DiagnosticSink diagnostics)
    {
        // Commands have few arguments, and a list is searched sooner than a set is made; who writes many gets the set.
        const int Few = 16;
        var seen = new List<string>();
        HashSet<string>? seenMany = null;
        foreach (Argument argument in arguments)
        {
            if (argument.Operator == ArgumentOperator.None && SwitchOf(argument) is MenuProperty<TModel> named)
            {
                named.TryAssign(model, (TextValue)argument.Value!, diagnostics, out model);
                continue;
            }

            if (argument.Operator == ArgumentOperator.None)
            {
                diagnostics.Error(
                    argument.Span, $"unexpected {DiagnosticSink.Quote(diagnostics.Source.Slice(argument.Span))}", "property=value",
                    _byName.Keys);
                continue;
            }

            if (seenMany?.Contains(argument.Name) ?? seen.Contains(argument.Name))
            {
                diagnostics.Warning(argument.NameSpan, $"{argument.Name} is given twice in one command; the last value counts");
            }
            else
            {
                seen.Add(argument.Name);
                seenMany ??= seen.Count > Few ? [.. seen] : null;
                seenMany?.Add(argument.Name);
            }

            model = argument.Operator == ArgumentOperator.Unset
                ? Unset(model, argument, diagnostics)
                : Assign(model, argument, noted, diagnostics);
        }

        return model;
    }

    TModel Assign(TModel model, Argument argument, ISet<string> noted, DiagnosticSink diagnostics)
    {
        if (Find(argument.Name) is not { } property)
        {
            ReportOther(argument, noted, diagnostics);
            return model;
        }

        if (argument.Value is not TextValue text || text.HasVariables)
        {
            diagnostics.Error(
                argument.Value!.Span, $"{argument.Name}: values that are computed are not supported yet in this version",
                property.Expected);
            return model;
        }

        return property.TryAssign(model, text, diagnostics, out TModel changed) ? changed : model;
    }

    TModel Unset(TModel model, Argument argument, DiagnosticSink diagnostics)
    {
        if (Find(argument.Name) is not { } property)
        {
            if (!NotApplicable.Contains(argument.Name) && !Fixed.ContainsKey(argument.Name) && !NotYet.Contains(argument.Name)
                && !Impossible.ContainsKey(argument.Name))
            {
                ReportUnknown(argument, diagnostics);
            }

            return model;
        }

        if (!property.TryUnset(model, out TModel changed))
        {
            diagnostics.Error(
                argument.Span, $"{argument.Name} always has a value and cannot be unset", $"{argument.Name}= with {property.Expected}");
        }

        return changed;
    }

    void ReportOther(Argument argument, ISet<string> noted, DiagnosticSink diagnostics)
    {
        if (ReadOnly.Contains(argument.Name))
        {
            diagnostics.Error(argument.NameSpan, $"{argument.Name} is read-only: it shows what is, and cannot be set");
        }
        else if (Fixed.TryGetValue(argument.Name, out string? only))
        {
            if (argument.Value is not TextValue { HasVariables: false } text || text.Text != only)
            {
                diagnostics.Error(argument.Value!.Span, $"{argument.Name}: other values are not supported yet in this version", only);
            }
        }
        else if (NotYet.Contains(argument.Name))
        {
            diagnostics.Error(argument.NameSpan, $"{argument.Name} is not supported yet in this version");
        }
        else if (Impossible.TryGetValue(argument.Name, out string? reason))
        {
            diagnostics.Error(argument.NameSpan, reason);
        }
        else if (NotApplicable.Contains(argument.Name))
        {
            if (noted.Add(argument.Name))
            {
                diagnostics.Note(argument.NameSpan, $"{argument.Name} is not applicable here and is skipped");
            }
        }
        else
        {
            ReportUnknown(argument, diagnostics);
        }
    }

    void ReportUnknown(Argument argument, DiagnosticSink diagnostics)
    {
        if (ReadOnly.Contains(argument.Name))
        {
            diagnostics.Error(argument.NameSpan, $"{argument.Name} is read-only: it shows what is, and cannot be unset");
            return;
        }

        diagnostics.Error(argument.NameSpan, $"unknown property {DiagnosticSink.Quote(argument.Name)}", "a property of this menu", Names);
    }

    /// <summary>
    /// The arguments of the <c>add</c> that makes the entry, as RouterOS's export writes them: in alphabetical order, what is by default left
    /// out save for the properties of <paramref name="always"/>.
    /// </summary>
    public string Export(TModel model, TModel defaults, IReadOnlySet<string> always) =>
        string.Concat(Properties
            .Where(property => always.Contains(property.Name) || property.Text(model) != property.Text(defaults))
            .OrderBy(static property => property.Name, StringComparer.Ordinal)
            .Select(property => property.Argument(model))
            .Where(static argument => argument is not null)
            .Select(static argument => " " + argument));

    /// <summary><c> name=value</c> for everything that differs from <paramref name="defaults"/>; empty when nothing does.</summary>
    public string Write(TModel model, TModel defaults) =>
        string.Concat(Properties
            .Select(property => (property.Name, Value: property.Write(model, defaults)))
            .Where(static entry => entry.Value is not null)
            .Select(static entry => $" {entry.Name}={entry.Value}"));
}

static class PropertyFindings
{
    public static void ReportProblem(
        DiagnosticSink diagnostics, string name, TextValue value, ValueProblem problem, string expected, IReadOnlyList<string>? words)
    {
        SourceSpan span = value.Text.Length == 0 ? value.Span : value.SpanOf(problem.Index, problem.Length);
        string part = value.Text.Substring(problem.Index, problem.Length);
        diagnostics.Error(span, $"{name}: {DiagnosticSink.Quote(part)} {problem.Message}", expected, words);
    }
}
