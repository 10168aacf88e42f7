using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>
/// A menu that is a list of entries: add, set, remove, enable, disable, unset, comment, and move where the order means something. What an
/// entry is, its properties and its checks are each menu's own.
/// </summary>
public abstract class ListMenu<T> : IMenuActions
    where T : ConfigurationEntry
{
    ConditionFields<T>? _fields;
    IMenuQuery? _query;
    Menu? _menu;
    string[]? _commands;

    public abstract string Path { get; }

    public abstract PropertyTable<T> Properties { get; }

    /// <summary>What <c>add</c> starts from.</summary>
    protected internal abstract T Blank { get; }

    /// <summary>What findings call an entry: address, route.</summary>
    protected internal abstract string Noun { get; }

    /// <summary>Properties that <c>add</c> has to give.</summary>
    protected virtual IReadOnlyList<string> Required => [];

    /// <summary>Properties that an export writes also where they have their default.</summary>
    protected virtual IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string>();

    /// <summary>What its entries refer to by name.</summary>
    protected virtual IReadOnlyList<NameReference<T>> References => [];

    /// <summary>Whether its entries have names, and what they then name.</summary>
    protected internal virtual NameKind? Names => null;

    /// <summary>Whether the statement that wrote each entry is kept until the script is through; else only where it stands.</summary>
    protected virtual bool KeepsStatements => true;

    /// <summary>Whether an entry of the configuration is shown as dynamic. What a router adds by itself no script can change.</summary>
    protected virtual bool IsDynamic(T entry) => false;

    /// <summary>Whether the order of entries means something.</summary>
    protected virtual bool IsOrdered => false;

    protected internal abstract EntryList<T> Entries(RouterConfiguration configuration);

    protected abstract RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<T> entries);

    /// <summary>The id the next entry gets.</summary>
    protected virtual ulong NextId(RouterConfiguration configuration) => Entries(configuration).NextId;

    /// <summary>The name an entry gets that is added without one; null where it has to be given.</summary>
    protected virtual string? NextName(Loading loading) => null;

    /// <summary>The entry as it can stand, and what contradicts itself in it reported where the statement says it.</summary>
    protected virtual T Checked(T entry, Statement statement, DiagnosticSink diagnostics) => entry;

    /// <summary>Checks the entries against each other and against those of other menus, when the script is through.</summary>
    public virtual void Complete(Loading loading)
    {
    }

    /// <summary>What <c>find</c> may name.</summary>
    internal ConditionFields<T> Fields => _fields ??= new ConditionFields<T>(
    [
        .. EntryFields.Of(Properties, Blank, static (T entry) => entry),
        new FlagField<T>("dynamic", IsDynamic),
        new WordField<T>(".id", static entry => $"*{entry.Id:x}", "an id such as *1a", static id => id.ToLowerInvariant()),
    ]);

    internal string MenuPath => (_menu ??= MenuTree.At(Path)).Path;

    internal string OtherTargets => (Names is null ? "" : "a name, ") + "an id such as *1a, or [ find … ]";

    internal string ExpectedTargets => "a number, " + OtherTargets;

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> Commands => _commands ??=
    [
        "add", "set", "remove", .. Properties.Find("disabled") is null ? (string[])[] : ["enable", "disable"],
        .. IsOrdered ? (string[])["move"] : [], "comment", "unset",
    ];

    public IMenuQuery Query => _query ??= new EntryQuery<T>(this);

    public IReadOnlyList<PropertyDescription> Describe() => PropertyDescription.Of(Properties, References);

    public void Execute(Statement statement, Loading loading)
    {
        if (!Commands.Contains(statement.Command))
        {
            MenuCommands.Refuse(statement, loading.Diagnostics, [.. Commands]);
            return;
        }

        switch (statement.Command)
        {
            case "add":
                Add(statement, loading);
                break;
            case "enable":
                Change(statement, loading, static entry => entry with { Disabled = false });
                break;
            case "disable":
                Change(statement, loading, static entry => entry with { Disabled = true });
                break;
            case "unset":
                Unset(statement, loading);
                break;
            case "remove":
                Remove(statement, loading);
                break;
            case "move":
                Move(statement, loading);
                break;
            default:
                Change(statement, loading, static entry => entry);
                break;
        }
    }

    public RouterConfiguration Rename(RouterConfiguration configuration, Loading loading, DiagnosticSink diagnostics)
    {
        EntryList<T> before = Entries(configuration);
        EntryList<T> entries = before;
        for (int i = 0; References.Count > 0 && i < before.Count; i++)
        {
            T renamed = before[i];
            foreach (NameReference<T> reference in References)
            {
                renamed = loading.Uses.Rename(Path, renamed, renamed.Id, reference, loading, diagnostics);
            }

            entries = ReferenceEquals(renamed, before[i]) ? entries : entries.Replace(i, renamed);
        }

        return ReferenceEquals(entries, before) ? configuration : WithEntries(configuration, entries);
    }

    public virtual IEnumerable<string> Export(RouterConfiguration configuration) =>
        Entries(configuration).Select(entry => "add" + Properties.Export(entry, Blank, AlwaysWritten));

    /// <summary>The entries that the script wrote, with the statement that did it last, in their order.</summary>
    protected IEnumerable<(T Entry, Statement Statement)> Written(Loading loading)
    {
        foreach (T entry in Entries(loading.Configuration))
        {
            if (loading.Written.TryGetValue((Path, entry.Id), out Statement? statement))
            {
                yield return (entry, statement);
            }
        }
    }

    /// <summary>
    /// Reports entries of which another says the same, at the later of the two when the script wrote both. <paramref name="key"/> gives what
    /// must not occur twice, null for an entry that does not matter; <paramref name="property"/> is what findings point at.
    /// </summary>
    protected void RefuseTwins<TKey>(Loading loading, string property, Func<T, TKey?> key, Func<T, string> message)
        where TKey : struct
    {
        var first = new Dictionary<TKey, (T Entry, int Start)>();
        foreach (T entry in Entries(loading.Configuration))
        {
            if (key(entry) is not { } own)
            {
                continue;
            }

            bool written = loading.Written.TryGetValue((Path, entry.Id), out Statement? statement);
            int start = written ? statement!.Span.Start : -1;
            if (first.TryAdd(own, (entry, start)))
            {
                continue;
            }

            (T other, int otherStart) = first[own];
            (T later, Statement? wrong) = otherStart > start ? (other, loading.Written[(Path, other.Id)]) : (entry, statement);
            if (wrong is not null)
            {
                loading.Diagnostics.Error(wrong.SpanOf(property), message(later));
            }
        }
    }

    void Add(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        int position = (IsOrdered ? TakeOne(rest, "place-before", statement, loading) : null) ?? Entries(loading.Configuration).Count;
        T start = TakeOne(rest, "copy-from", statement, loading) is int copied ? Entries(loading.Configuration)[copied] : Blank;
        bool isCopy = !ReferenceEquals(start, Blank);
        start = start with { Id = NextId(loading.Configuration) };
        if (NextName(loading) is string free)
        {
            Properties.Find("name")!.TryAssign(start, EntryFields.Value(free), loading.Diagnostics, out start);
        }

        T entry = Properties.Apply(start, rest, loading.Noted, loading.Diagnostics);
        foreach (string name in Required.Where(name => !isCopy && !rest.Exists(argument => argument.Name == name)))
        {
            loading.Diagnostics.Error(
                statement.CommandSpan, $"add does not say {name}", $"{name}= with {Properties.Find(name)!.Expected}");
        }

        entry = Checked(entry, statement, loading.Diagnostics);
        Note(entry, statement, loading, static _ => true);

        // Also an entry with an error takes its place, so that the numbers of the lines that follow mean what their author meant.
        loading.Configuration = WithEntries(loading.Configuration, Entries(loading.Configuration).Insert(position, entry, entry.Id));
    }

    void Change(Statement statement, Loading loading, Func<T, T> command)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        DiagnosticSink diagnostics = loading.Diagnostics;
        if (positions is null or [])
        {
            // The properties can be judged all the same, so that every finding comes out in one pass.
            Properties.Apply(Blank, rest, loading.Noted, diagnostics);
            return;
        }

        foreach (int position in positions)
        {
            EntryList<T> entries = Entries(loading.Configuration);
            T entry = command(Properties.Apply(entries[position], rest, loading.Noted, diagnostics));
            Replace(position, Checked(entry, statement, diagnostics), statement, loading, name => rest.Exists(a => a.Name == name));

            // What is wrong with a property is wrong for every entry; once is enough. Contradictions are each entry's own.
            diagnostics = diagnostics == loading.Diagnostics && loading.Diagnostics.HasErrors
                ? new DiagnosticSink(loading.Diagnostics.Source)
                : diagnostics;
        }
    }

    void Unset(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        Argument? named = rest.Find(static argument => argument.Name is "" or "value-name");
        if (rest.Count != 1 || named?.Value is not TextValue text || Properties.Find(text.Text) is not MenuProperty<T> property)
        {
            loading.Diagnostics.Error(
                named?.Span ?? statement.CommandSpan, "unset does not say which property is to go",
                "numbers and value-name=, a property of this menu", Properties.Names);
            return;
        }

        foreach (int position in positions ?? [])
        {
            if (!property.TryUnset(Entries(loading.Configuration)[position], out T entry))
            {
                loading.Diagnostics.Error(text.Span, $"{property.Name} always has a value and cannot be unset");
                return;
            }

            Replace(
                position, Checked(entry, statement, loading.Diagnostics), statement, loading, name => name == property.Name);
        }
    }

    void Remove(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        RefuseRest(rest, statement, loading);
        EntryList<T> entries = Entries(loading.Configuration);
        foreach (int position in (positions ?? []).OrderDescending())
        {
            if (Names is { } kind)
            {
                loading.Name(new NameKey(kind, entries[position].Id), null, statement);
            }

            entries = entries.RemoveAt(position);
        }

        loading.Configuration = WithEntries(loading.Configuration, entries);
    }

    /// <summary><c>move 3 destination=0</c> or <c>move 3 0</c>: in front of the entry named second; without one, to the end.</summary>
    void Move(Statement statement, Loading loading)
    {
        List<Argument> rest = [.. statement.Arguments];
        IReadOnlyList<int>? positions = TakeTargets(rest, statement, loading);
        Argument? unnamed = rest.Find(static argument => argument.Operator == ArgumentOperator.None);
        int? destination = TakeOne(rest, unnamed is null ? "destination" : "", statement, loading);
        RefuseRest(rest, statement, loading);
        if (positions is not null)
        {
            EntryList<T> entries = Entries(loading.Configuration);
            loading.Configuration = WithEntries(loading.Configuration, entries.Move(positions, destination ?? entries.Count));
        }
    }

    void Replace(int position, T entry, Statement statement, Loading loading, Func<string, bool> isWritten)
    {
        Note(entry, statement, loading, isWritten);
        loading.Configuration = WithEntries(loading.Configuration, Entries(loading.Configuration).Replace(position, entry));
    }

    /// <summary>Notes the name the entry has from now on, and whom it refers to.</summary>
    void Note(T entry, Statement statement, Loading loading, Func<string, bool> isWritten)
    {
        if (KeepsStatements)
        {
            loading.Written[(Path, entry.Id)] = statement;
        }
        else
        {
            loading.WrittenAt[(Path, entry.Id)] = statement.HeadSpan;
        }

        if (Names is { } kind && isWritten("name"))
        {
            loading.Name(new NameKey(kind, entry.Id), Properties.Find("name")!.Text(entry), statement);
        }

        foreach (NameReference<T> reference in References)
        {
            if (isWritten(reference.Property))
            {
                loading.Uses.Assign(Path, entry, entry.Id, reference, statement, loading);
            }
        }
    }

    /// <summary>Takes the argument that says which entries are meant: numbers=, or the first without a name.</summary>
    IReadOnlyList<int>? TakeTargets(List<Argument> rest, Statement statement, Loading loading)
    {
        int index = rest.FindIndex(static argument => argument is { Name: "numbers", Value: not null });
        index = index >= 0
            ? index
            : rest.FindIndex(argument => argument.Operator == ArgumentOperator.None && Properties.SwitchOf(argument) is null);
        if (index < 0)
        {
            loading.Diagnostics.Error(
                statement.CommandSpan, $"{statement.Command} does not say which entries it means", ExpectedTargets);
            return null;
        }

        ScriptValue value = rest[index].Value!;
        rest.RemoveAt(index);
        return new ListTargets<T>(this, loading).Resolve(value, statement);
    }

    /// <summary>Takes the argument of that name, which says one entry; of several the first counts.</summary>
    int? TakeOne(List<Argument> rest, string name, Statement statement, Loading loading)
    {
        int index = rest.FindIndex(argument => argument.Name == name && argument.Value is not null);
        if (index < 0)
        {
            return null;
        }

        Argument argument = rest[index];
        rest.RemoveAt(index);
        IReadOnlyList<int>? positions = new ListTargets<T>(this, loading).Resolve(argument.Value!, statement);
        if (positions is [])
        {
            loading.Diagnostics.Error(argument.Span, $"there is no such {Noun}", ExpectedTargets);
        }

        return positions is [int first, ..] ? first : null;
    }

    static void RefuseRest(List<Argument> rest, Statement statement, Loading loading)
    {
        foreach (Argument argument in rest)
        {
            string shown = DiagnosticSink.Quote(loading.Diagnostics.Source.Slice(argument.Span));
            loading.Diagnostics.Error(argument.Span, $"unexpected {shown}: {statement.Command} takes no properties");
        }
    }
}
