using Conntrack.RouterOs.Conditions;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Console;

/// <summary>Rules and connections as listings: for a print that names its properties, or sets entries side by side.</summary>
static class SelectionListings
{
    public static Listing<NumberedConnection> Connections { get; } = new(
        [
            .. ConnectionProperty.All.Select(static property => new ListingProperty<NumberedConnection>(
                property.Name, property.IsNumeric ? ValueKind.Number : ValueKind.Text,
                row => property.IsNumeric ? Plain(property.Value(row.Connection)) : property.Text(row.Connection))
            {
                Cell = row => Shown(property, row.Connection),
                Field = ConnectionFields.All.Find(property.Name),
            }),
        ],
        [
            .. ConnectionFlag.All.Select(static flag => new ListingFlag<NumberedConnection>(
                flag.Print, row => row.Connection.Has(flag.Value))),
        ],
        ["protocol", "src-address", "dst-address"])
    {
        Number = static row => row.Number,
        Id = static row => row.Connection.Id,
        Comment = static _ => "",
    };

    public static Listing<NumberedRule> Rules(RuleFamily family, RuleTable table)
    {
        ConditionFields<NumberedRule> fields = RuleFields.ForPrint(family, table);
        return new Listing<NumberedRule>(
            [
                .. RuleProperties.Of(family, table).Properties
                    .Where(static property => property.Name is not ("disabled" or "comment"))
                    .Select(property => ListingProperty<NumberedRule>.Of(property, static row => row.Rule, fields.Find(property.Name)!)),
                new("bytes", ValueKind.Number, static row => Plain(row.Counters.Bytes)) { Cell = static row => NumberText.Counter(row.Counters.Bytes) },
                new("packets", ValueKind.Number, static row => Plain(row.Counters.Packets))
                {
                    Cell = static row => NumberText.Counter(row.Counters.Packets),
                },
            ],
            [
                new(new PrintFlag('X', "disabled"), static row => row.Rule.Disabled),
                new(new PrintFlag('I', "invalid", SharesColumn: true), static _ => false),
                new(new PrintFlag('D', "dynamic"), static row => row.IsDynamic),
            ],
            ["chain", "action"])
        {
            Number = static row => row.IsDynamic ? null : row.Number,
            Id = static row => row.Rule.Id,
            Comment = static row => row.Rule.Comment,
        };
    }

    static string? Plain(ulong? number) => number is { } value ? NumberText.Plain(value) : null;

    static string? Shown(ConnectionProperty property, Connection connection) =>
        !property.IsNumeric ? property.Text(connection)
        : property.Value(connection) is not { } number ? null
        : property.Kind switch
        {
            PropertyKind.Counter => NumberText.Counter(number),
            PropertyKind.Rate => NumberText.Rate(number),
            _ => NumberText.Plain(number),
        };
}
