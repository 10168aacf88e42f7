using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Connections;

/// <summary>A connection and its number in the whole list, which a filtered print keeps.</summary>
public readonly record struct NumberedConnection(int Number, Connection Connection);

/// <summary>Prints connections as RouterOS 7 does; for either family, the two lists differ only in their values.</summary>
public static class ConnectionPrinter
{
    static readonly PrintFlag[] s_flags = [.. ConnectionFlag.All.Select(flag => flag.Print)];

    static readonly PrintTable<NumberedConnection> s_brief = Table(
        "protocol", "src-address", "dst-address", "tcp-state", "timeout", "orig-rate", "repl-rate", "orig-packets", "repl-packets",
        "orig-bytes", "repl-bytes");

    static readonly PrintTable<NumberedConnection> s_stats = Table(
        "protocol", "src-address", "dst-address", "orig-packets", "orig-bytes", "orig-fasttrack-packets", "orig-fasttrack-bytes",
        "repl-packets", "repl-bytes", "repl-fasttrack-packets", "repl-fasttrack-bytes");

    /// <summary>Prints a whole list, numbered from 0.</summary>
    public static void Print(TextWriter writer, IReadOnlyList<Connection> connections, PrintForm form, int? width = null) =>
        Print(writer, [.. connections.Select((connection, i) => new NumberedConnection(i, connection))], form, width);

    /// <summary>Prints a selection of a list.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="connections">In the order they are to stand.</param>
    /// <param name="form">How.</param>
    /// <param name="width">Characters a line of the terminal has; null when the output is no terminal.</param>
    public static void Print(TextWriter writer, IReadOnlyList<NumberedConnection> connections, PrintForm form, int? width = null)
    {
        switch (form)
        {
            case PrintForm.Brief:
                s_brief.Write(writer, connections, width);
                break;
            case PrintForm.Stats:
                s_stats.Write(writer, connections, width);
                break;
            case PrintForm.Detail:
                PrintDetail(writer, connections, width);
                break;
            case PrintForm.Terse:
                PrintTerse(writer, connections);
                break;
            case PrintForm.CountOnly:
                writer.WriteLine(NumberText.Plain((ulong)connections.Count));
                break;
            case PrintForm.AsValue:
                PrintAsValue(writer, connections);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, "No such form of print.");
        }
    }

    static PrintTable<NumberedConnection> Table(params string[] properties) =>
        new(row => row.Number, s_flags, row => (ulong)row.Connection.Flags, [.. properties.Select(Column)]);

    /// <summary>Rates are words to RouterOS's table, aligned left; packets and bytes are numbers.</summary>
    static PrintColumn<NumberedConnection> Column(string name)
    {
        ConnectionProperty property = ConnectionProperty.Named(name);
        bool isNumber = property.Kind is PropertyKind.Counter or PropertyKind.Number;
        return new(name.ToUpperInvariant(), isNumber, row => Text(property, row.Connection));
    }

    static void PrintDetail(TextWriter writer, IReadOnlyList<NumberedConnection> connections, int? width)
    {
        if (connections.Count == 0)
        {
            return;
        }

        var detail = new PrintDetail(writer, s_flags, connections.Max(row => row.Number), width);
        foreach ((int number, Connection connection) in connections)
        {
            detail.Write(number, (ulong)connection.Flags, Assignments(connection, quoteNames: true));
        }
    }

    static void PrintTerse(TextWriter writer, IReadOnlyList<NumberedConnection> connections)
    {
        ConnectionFlags shown = connections.Aggregate(ConnectionFlags.None, (all, row) => all | row.Connection.Flags);
        int numberWidth = connections.Count == 0 ? 0 : NumberText.Plain((ulong)connections.Max(row => row.Number)).Length;
        foreach ((int number, Connection connection) in connections)
        {
            writer.Write(NumberText.Plain((ulong)number).PadLeft(numberWidth));
            writer.Write(' ');
            if (shown != ConnectionFlags.None)
            {
                foreach (ConnectionFlag flag in ConnectionFlag.All.Where(flag => (shown & flag.Value) != 0))
                {
                    writer.Write(connection.Has(flag.Value) ? flag.Print.Letter : ' ');
                }

                writer.Write(' ');
            }

            writer.WriteLine(string.Join(' ', Assignments(connection, quoteNames: false)));
        }
    }

    /// <summary>One array of arrays as <c>:put</c> writes it: all on one line, keys in alphabetical order, numbers ungrouped.</summary>
    static void PrintAsValue(TextWriter writer, IReadOnlyList<NumberedConnection> connections)
    {
        string separator = "";
        foreach (Connection connection in connections.Select(row => row.Connection))
        {
            var values = new SortedDictionary<string, string>(StringComparer.Ordinal) { [".id"] = $"*{connection.Id:x}" };
            foreach (ConnectionFlag flag in ConnectionFlag.All)
            {
                values[flag.Word] = connection.Has(flag.Value) ? "true" : "false";
            }

            foreach (ConnectionProperty property in ConnectionProperty.All)
            {
                string value = property.IsNumeric
                    ? property.Value(connection) is { } number ? NumberText.Plain(number) : ""
                    : property.Text(connection);
                if (value.Length > 0)
                {
                    values[property.Name] = value;
                }
            }

            foreach ((string name, string value) in values)
            {
                writer.Write(separator);
                writer.Write(name);
                writer.Write('=');
                writer.Write(value);
                separator = ";";
            }
        }

        writer.WriteLine();
    }

    static IEnumerable<string> Assignments(Connection connection, bool quoteNames)
    {
        foreach (ConnectionProperty property in ConnectionProperty.All)
        {
            string text = Text(property, connection);
            if (text.Length > 0)
            {
                yield return quoteNames && property.Kind == PropertyKind.Name ? $"{property.Name}={Quoted(text)}" : $"{property.Name}={text}";
            }
        }
    }

    static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    static string Text(ConnectionProperty property, Connection connection)
    {
        if (!property.IsNumeric)
        {
            return property.Text(connection);
        }

        return property.Value(connection) is not { } number ? "" : property.Kind switch
        {
            PropertyKind.Counter => NumberText.Counter(number),
            PropertyKind.Rate => NumberText.Rate(number),
            _ => NumberText.Plain(number),
        };
    }
}
