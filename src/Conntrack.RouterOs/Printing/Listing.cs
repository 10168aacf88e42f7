using System.Globalization;
using System.Text.Json;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Printing;

/// <summary>One row of a list: an entry of the configuration, or one the router made itself, and what the router says of it.</summary>
/// <param name="Number">Its number in the menu, which a filtered print keeps; null for one that no command can name.</param>
/// <param name="Entry">What is set.</param>
/// <param name="Status">What is; null when the router says nothing of it.</param>
public readonly record struct EntryRow<T, TStatus>(int? Number, T Entry, TStatus? Status = null)
    where TStatus : class;

/// <summary>A property that print shows.</summary>
/// <param name="Name">RouterOS's word.</param>
/// <param name="Kind">How programs and conditions take it.</param>
/// <param name="Text">A row's value; null for one that does not have it.</param>
public sealed record ListingProperty<TRow>(string Name, ValueKind Kind, Func<TRow, string?> Text)
{
    /// <summary>As detailed prints write it: <c>name=value</c>, quoted where a script needs quotes; null where there is none.</summary>
    public Func<TRow, string?> Argument { get; init; } =
        row => Text(row) is { Length: > 0 } text ? $"{Name}={Language.ScriptText.Quote(text)}" : null;

    /// <summary>As a column shows it where that differs: grouped by thousands.</summary>
    public Func<TRow, string?>? Cell { get; init; }

    /// <summary>As conditions compare it.</summary>
    public ConditionField<TRow>? Field { get; init; }

    /// <summary>The property of a menu, read from the entry of a row.</summary>
    public static ListingProperty<TRow> Of<TModel>(MenuProperty<TModel> property, Func<TRow, TModel> entry, ConditionField<TRow> field) =>
        new(property.Name, property.Kind, row => property.Text(entry(row)))
        {
            Argument = row => property.Text(entry(row)) is { Length: > 0 } ? property.Argument(entry(row)) : null,
            Field = field,
        };
}

/// <summary>A flag that print shows in front of a row.</summary>
public readonly record struct ListingFlag<TRow>(PrintFlag Flag, Func<TRow, bool> IsSet);

/// <summary>
/// Everything print can show of one menu's rows, in each of its forms, for conditions and for programs. Property and flag are named once and
/// every form takes them from here.
/// </summary>
public sealed class Listing<TRow>
{
    readonly PrintTable<TRow> _brief;
    readonly PrintTable<TRow> _stats;
    readonly PrintFlag[] _flags;
    ConditionFields<TRow>? _fields;

    /// <summary>Some properties are flags too, which say the same in a word: published, blackhole.</summary>
    readonly ListingProperty<TRow>[] _withoutFlags;

    /// <param name="properties">In the order of a detailed print.</param>
    /// <param name="flags">In the order of the legend.</param>
    /// <param name="brief">Names of the properties that a brief print shows, in order.</param>
    /// <param name="stats">Names of those that <c>print stats</c> shows; none where there is nothing to count.</param>
    public Listing(
        IReadOnlyList<ListingProperty<TRow>> properties, IReadOnlyList<ListingFlag<TRow>> flags, IReadOnlyList<string> brief,
        IReadOnlyList<string>? stats = null)
    {
        Properties = properties;
        Flags = flags;
        _flags = [.. flags.Select(static flag => flag.Flag)];
        _withoutFlags = [.. properties.Where(property => !_flags.Any(flag => flag.Word == property.Name))];
        _brief = Table(brief);
        _stats = stats is null ? _brief : Table(stats);
    }

    public IReadOnlyList<ListingProperty<TRow>> Properties { get; }

    public IReadOnlyList<ListingFlag<TRow>> Flags { get; }

    public required Func<TRow, int?> Number { get; init; }

    /// <summary>The internal id; 0 for a row that has none.</summary>
    public required Func<TRow, ulong> Id { get; init; }

    public required Func<TRow, string> Comment { get; init; }

    /// <summary>Whether only what was asked for by name is there: in JSON then no flag and comment that was not.</summary>
    public bool IsSelection { get; private init; }

    /// <summary>Everything <c>proplist</c> may name.</summary>
    public IEnumerable<string> Names =>
        Properties.Select(static property => property.Name).Concat(Flags.Select(static flag => flag.Flag.Word)).Append("comment").Append(".id")
            .Distinct();

    /// <summary>What conditions may name: properties, flags, comment and id.</summary>
    public ConditionFields<TRow> Fields => _fields ??= new(
    [
        .. _withoutFlags.Select(static property => property.Field ?? FieldOf(property)),
        .. Flags.Select(static flag => new FlagField<TRow>(flag.Flag.Word, flag.IsSet)),
        new WordField<TRow>("comment", Comment),
        new WordField<TRow>(".id", row => IdText(row) ?? "", "an id such as *1a", static id => id.ToLowerInvariant()),
    ]);

    /// <summary>The listing with only those properties, in that order, each of <see cref="Names"/>.</summary>
    public Listing<TRow> Only(IReadOnlyList<string> names) => new([.. names.Select(Named)], Flags, names)
    {
        Number = Number,
        Id = Id,
        Comment = names.Contains("comment") ? static _ => "" : Comment,
        IsSelection = true,
    };

    ListingProperty<TRow> Named(string name) =>
        Properties.FirstOrDefault(property => property.Name == name)
        ?? (name == "comment" ? new ListingProperty<TRow>(name, ValueKind.Text, row => PrintComment.OneLine(Comment(row)))
            : name == ".id" ? new ListingProperty<TRow>(name, ValueKind.Text, IdText)
            : FlagNamed(Flags.First(flag => flag.Flag.Word == name)));

    static ListingProperty<TRow> FlagNamed(ListingFlag<TRow> flag) =>
        new(flag.Flag.Word, ValueKind.Flag, row => flag.IsSet(row) ? "yes" : "no");

    /// <summary>Prints a selection of the rows.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rows">In the order they are to stand.</param>
    /// <param name="form">How.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal.</param>
    public void Print(TextWriter writer, IReadOnlyList<TRow> rows, PrintForm form, int? width = null)
    {
        switch (form)
        {
            case PrintForm.Brief:
                _brief.Write(writer, rows, width);
                break;
            case PrintForm.Stats:
                _stats.Write(writer, rows, width);
                break;
            case PrintForm.Detail:
                PrintDetail(writer, rows, width);
                break;
            case PrintForm.Terse:
                PrintTerse(writer, rows);
                break;
            case PrintForm.CountOnly:
                writer.WriteLine(NumberText.Plain((ulong)rows.Count));
                break;
            case PrintForm.AsValue:
                PrintAsValue(writer, rows);
                break;
            case PrintForm.ValueList:
                PrintValueList.Write(writer, rows, [.. Properties.Select(static property => (property.Name, property.Text))]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, "No such form of print.");
        }
    }

    /// <summary>Writes one row as an object: <c>.id</c>, the properties it has, typed, comment, and each flag.</summary>
    public void WriteJson(Utf8JsonWriter json, TRow row)
    {
        json.WriteStartObject();
        if (IdText(row) is string id && !(IsSelection && Properties.Any(static property => property.Name == ".id")))
        {
            json.WriteString(".id", id);
        }

        foreach (ListingProperty<TRow> property in IsSelection ? Properties : _withoutFlags)
        {
            if (property.Text(row) is { Length: > 0 } text)
            {
                WriteJson(json, property, text);
            }
        }

        if (IsSelection)
        {
            json.WriteEndObject();
            return;
        }

        if (Comment(row) is { Length: > 0 } comment)
        {
            json.WriteString("comment", comment);
        }

        foreach (ListingFlag<TRow> flag in Flags)
        {
            json.WriteBoolean(flag.Flag.Word, flag.IsSet(row));
        }

        json.WriteEndObject();
    }

    static void WriteJson(Utf8JsonWriter json, ListingProperty<TRow> property, string text)
    {
        switch (property.Kind)
        {
            case ValueKind.Number:
                json.WriteNumber(property.Name, ulong.Parse(text, CultureInfo.InvariantCulture));
                break;
            case ValueKind.Flag:
                json.WriteBoolean(property.Name, text == "yes");
                break;
            default:
                json.WriteString(property.Name, text);
                break;
        }
    }

    static ConditionField<TRow> FieldOf(ListingProperty<TRow> property) => property.Kind switch
    {
        ValueKind.Flag => new FlagField<TRow>(property.Name, row => property.Text(row) == "yes"),
        ValueKind.Number => new NumberField<TRow>(
            property.Name, row => property.Text(row) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null),
        _ => new WordField<TRow>(property.Name, row => property.Text(row) ?? ""),
    };

    void PrintDetail(TextWriter writer, IReadOnlyList<TRow> rows, int? width)
    {
        var detail = new PrintDetail(writer, _flags, rows.Max(row => Number(row)) ?? 0, width, capitals: true);
        foreach (TRow row in rows)
        {
            detail.Write(Number(row), FlagSet(row), Arguments(row), Comment(row));
        }
    }

    void PrintTerse(TextWriter writer, IReadOnlyList<TRow> rows)
    {
        int numberWidth = NumberText.Plain((ulong)(rows.Max(row => Number(row)) ?? 0)).Length;
        foreach (TRow row in rows)
        {
            string number = (Number(row) is int shown ? NumberText.Plain((ulong)shown) : "").PadLeft(numberWidth);
            string flags = PrintFlags.Line(_flags, FlagSet(row));
            string comment = Comment(row) is { Length: > 0 } text ? $" comment={PrintComment.OneLine(text)}" : "";
            writer.WriteLine($"{number} {flags}{comment} {string.Join(' ', Arguments(row))}");
        }
    }

    /// <summary>One array of arrays as <c>:put</c> writes it: all on one line, keys in alphabetical order.</summary>
    void PrintAsValue(TextWriter writer, IReadOnlyList<TRow> rows) =>
        writer.WriteLine(string.Join(';', rows.SelectMany(row =>
            (IsSelection ? Properties : _withoutFlags).Select(property => (property.Name, Value: property.Text(row) ?? ""))
                .Concat(IsSelection ? [] : Always(row))
                .Append((Name: ".id", Value: IdText(row) ?? ""))
                .DistinctBy(static entry => entry.Name)
                .Where(static entry => entry.Value.Length > 0)
                .OrderBy(static entry => entry.Name, StringComparer.Ordinal)
                .Select(static entry => $"{entry.Name}={entry.Value}"))));

    IEnumerable<(string Name, string Value)> Always(TRow row) =>
        Flags.Select(flag => (flag.Flag.Word, flag.IsSet(row) ? "true" : "false")).Append(("comment", PrintComment.OneLine(Comment(row))));

    IEnumerable<string> Arguments(TRow row) => Properties.Select(property => property.Argument(row)).OfType<string>();

    string? IdText(TRow row) => Id(row) is > 0 and ulong id ? $"*{id:x}" : null;

    ulong FlagSet(TRow row)
    {
        ulong set = 0;
        for (int i = 0; i < Flags.Count; i++)
        {
            set |= Flags[i].IsSet(row) ? 1UL << i : 0;
        }

        return set;
    }

    PrintTable<TRow> Table(IReadOnlyList<string> names) => new(
        row => Number!(row), _flags, FlagSet,
        [
            .. names.Select(name => Properties.First(property => property.Name == name)).Select(static property => new PrintColumn<TRow>(
                property.Name.ToUpperInvariant(), property.Kind == ValueKind.Number, row => (property.Cell ?? property.Text)(row) ?? "")),
        ])
    {
        Comment = row => Comment!(row),
        SharesColumns = true,
    };
}
