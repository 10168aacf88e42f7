using System.Globalization;
using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Console;

/// <summary>Answers commands that ask about the connections of one family, each time as they are then.</summary>
sealed class ConnectionListQuery(IRouterView router, RuleFamily family) : IMenuQuery
{
    public IEnumerable<string> Names => ConnectionFields.All.Names;

    public int Count(Loading loading) => router.Connections(family).Count();

    public IReadOnlyList<string>? Find(SourceSpan? condition, Loading loading)
    {
        Func<NumberedConnection, bool>? wanted =
            condition is SourceSpan span ? ConnectionFields.All.Parse(span, loading.Diagnostics) : static _ => true;
        return wanted is null ? null : [.. Rows().Where(wanted).Select(static row => IdOf(row.Connection))];
    }

    public MenuAnswer Ask(string entry, string name, Loading loading)
    {
        if (ConnectionFields.All.Find(name) is not ConditionField<NumberedConnection> field)
        {
            return MenuAnswer.NoSuchProperty;
        }

        foreach (NumberedConnection row in Rows())
        {
            if (IdOf(row.Connection) == entry || row.Number.ToString(CultureInfo.InvariantCulture) == entry)
            {
                return MenuAnswer.Of(field.Text(row));
            }
        }

        return MenuAnswer.NoSuchEntry;
    }

    IEnumerable<NumberedConnection> Rows() =>
        router.Connections(family).Select(static (connection, number) => new NumberedConnection(number, connection));

    static string IdOf(Connection connection) => $"*{connection.Id:x}";
}
