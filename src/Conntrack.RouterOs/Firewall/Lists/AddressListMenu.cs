using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>
/// <c>/ip firewall address-list</c> and its twin below <c>/ipv6</c>: addresses, prefixes and ranges under the names of lists, and names of the
/// DNS, which a running router looks up.
/// </summary>
public sealed class AddressListMenu : ListMenu<ListedAddress>
{
    /// <summary>Addresses that an entry with a timeout may cover: each is remembered by itself.</summary>
    const uint MostTimed = 1024;

    static readonly TimeGrammar s_timeout = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(21_474_836), TimeSpan.FromSeconds(1));

    readonly RuleFamily _family;

    public AddressListMenu(RuleFamily family)
    {
        _family = family;
        Path = $"{family.Word()}/firewall/address-list";
        Properties = new PropertyTable<ListedAddress>(
            new TextMenuProperty<ListedAddress>(
                "list", CommonGrammars.Name, static entry => entry.List, static (entry, list) => entry with { List = list }),
            new MenuProperty<ListedAddress, ListedTarget>(
                "address", new ListedAddressGrammar(family), entry => ListedTarget.Of(family, entry),
                static (entry, target) => entry with
                {
                    Name = target!.Value.Name, First = target.Value.Range.First, Last = target.Value.Range.Last,
                }),
            new OptionMenuProperty<ListedAddress, TimeSpan>(
                "timeout", "", s_timeout, static entry => entry.Timeout, static (entry, timeout) => entry with { Timeout = timeout }),
            EntryProperties.Disabled<ListedAddress>(),
            EntryProperties.Comment<ListedAddress>())
        {
            ReadOnly = new HashSet<string> { "creation-time", "dynamic" },
        };
    }

    public override string Path { get; }

    public override PropertyTable<ListedAddress> Properties { get; }

    protected internal override ListedAddress Blank { get; } = new() { List = "" };

    protected internal override string Noun => "address";

    protected override IReadOnlyList<string> Required { get; } = ["list", "address"];

    protected override IReadOnlySet<string> AlwaysWritten { get; } = new HashSet<string> { "address", "list" };

    /// <summary>A statement for each of a million addresses would weigh more than they do; where it stands is enough.</summary>
    protected override bool KeepsStatements => false;

    protected internal override EntryList<ListedAddress> Entries(RouterConfiguration configuration) =>
        _family == RuleFamily.Ipv4 ? configuration.Ipv4AddressLists : configuration.Ipv6AddressLists;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<ListedAddress> entries) =>
        _family == RuleFamily.Ipv4
            ? configuration with { Ipv4AddressLists = entries }
            : configuration with { Ipv6AddressLists = entries };

    /// <summary>What has a timeout is not there for ever, as what a rule has listed is not.</summary>
    protected override bool IsDynamic(ListedAddress entry) => entry.Timeout is not null;

    protected override ListedAddress Checked(ListedAddress entry, Statement statement, DiagnosticSink diagnostics)
    {
        if (entry is { Timeout: not null, Name: not null })
        {
            diagnostics.Error(
                statement.SpanOf("timeout"), "the addresses of a name stay as long as the name has them", "no timeout, or an address");
        }
        else if (entry.Timeout is not null && entry.Last - entry.First >= MostTimed)
        {
            diagnostics.Error(
                statement.SpanOf("timeout"), $"an entry with a timeout covers at most {MostTimed} addresses", "fewer addresses, or no timeout");
        }

        return string.IsInterned(entry.List) is { } known && ReferenceEquals(known, entry.List) ? entry : entry with { List = string.Intern(entry.List) };
    }

    /// <summary>The same address twice in one list is a mistake in RouterOS too.</summary>
    public override void Complete(Loading loading)
    {
        EntryList<ListedAddress> entries = Entries(loading.Configuration);
        if (ReferenceEquals(entries, Entries(loading.Base)))
        {
            return;
        }

        var seen = new HashSet<(string List, UInt128 First, UInt128 Last, string? Name)>(entries.Count);
        foreach (ListedAddress entry in entries)
        {
            if (!seen.Add((entry.List, entry.First, entry.Last, entry.Name?.ToLowerInvariant())) && entry.List.Length > 0
                && loading.WrittenAt.TryGetValue((Path, entry.Id), out SourceSpan span))
            {
                string address = ListedTarget.Of(_family, entry).Text;
                loading.Diagnostics.Error(span, $"{DiagnosticSink.Quote(entry.List)} has {address} already", "another address, or another list");
            }
        }
    }
}
