using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary><c>/interface list</c>.</summary>
public sealed class InterfaceListMenu : ListMenu<InterfaceListSettings>
{
    static readonly NamesGrammar s_lists = new(NameScope.InterfaceList, "");

    static readonly PropertyTable<InterfaceListSettings> s_properties = new(
        EntryProperties.Name<InterfaceListSettings>(static l => l.Name, static (l, name) => l with { Name = name }),
        new MenuProperty<InterfaceListSettings, ValueList<string>>(
            "include", s_lists, static l => l.Include, static (l, lists) => l with { Include = lists ?? [] }, canUnset: true),
        new MenuProperty<InterfaceListSettings, ValueList<string>>(
            "exclude", s_lists, static l => l.Exclude, static (l, lists) => l with { Exclude = lists ?? [] }, canUnset: true),
        EntryProperties.Comment<InterfaceListSettings>())
    {
        ReadOnly = new HashSet<string> { "dynamic", "builtin" },
    };

    public override string Path => "interface/list";

    public override PropertyTable<InterfaceListSettings> Properties => s_properties;

    protected internal override InterfaceListSettings Blank { get; } = new() { Name = "" };

    protected internal override string Noun => "interface list";

    protected override IReadOnlyList<string> Required { get; } = ["name"];

    protected override IReadOnlyList<NameReference<InterfaceListSettings>> References { get; } =
    [
        Lists("include", static l => l.Include, static (l, lists) => l with { Include = lists }),
        Lists("exclude", static l => l.Exclude, static (l, lists) => l with { Exclude = lists }),
    ];

    protected internal override NameKind? Names => NameKind.InterfaceList;

    protected internal override EntryList<InterfaceListSettings> Entries(RouterConfiguration configuration) => configuration.InterfaceLists;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<InterfaceListSettings> entries) =>
        configuration with { InterfaceLists = entries };

    public override void Complete(Loading loading)
    {
        Dictionary<string, InterfaceListSettings> byName =
            loading.Configuration.InterfaceLists.DistinctBy(static list => list.Name).ToDictionary(static list => list.Name);
        foreach ((InterfaceListSettings list, Statement statement) in Written(loading))
        {
            if (LeadsBack(list, byName))
            {
                string property = statement.Arguments.Any(static argument => argument.Name == "include") ? "include" : "exclude";
                loading.Diagnostics.Error(
                    statement.SpanOf(property), $"the list {DiagnosticSink.Quote(list.Name)} leads back to itself",
                    "lists that do not include or exclude it");
            }
        }
    }

    static bool LeadsBack(InterfaceListSettings list, Dictionary<string, InterfaceListSettings> byName)
    {
        var seen = new HashSet<string>();
        var ahead = new Stack<string>(list.Include.Concat(list.Exclude));
        while (ahead.TryPop(out string? name))
        {
            if (name == list.Name)
            {
                return true;
            }

            if (seen.Add(name) && byName.TryGetValue(name, out InterfaceListSettings? next))
            {
                foreach (string further in next.Include.Concat(next.Exclude))
                {
                    ahead.Push(further);
                }
            }
        }

        return false;
    }

    static NameReference<InterfaceListSettings> Lists(
        string property, Func<InterfaceListSettings, ValueList<string>> read,
        Func<InterfaceListSettings, ValueList<string>, InterfaceListSettings> write) =>
        NameReference<InterfaceListSettings>.Many(property, NameScope.InterfaceList, read, write);
}

/// <summary><c>/interface list member</c>.</summary>
public sealed class InterfaceListMemberMenu : ListMenu<InterfaceListMember>
{
    static readonly PropertyTable<InterfaceListMember> s_properties = new(
        EntryProperties.Reference<InterfaceListMember>(
            "list", NameScope.InterfaceList, static m => m.List, static (m, name) => m with { List = name }),
        EntryProperties.Reference<InterfaceListMember>(
            "interface", NameScope.Interface, static m => m.Interface, static (m, name) => m with { Interface = name }),
        EntryProperties.Disabled<InterfaceListMember>(),
        EntryProperties.Comment<InterfaceListMember>())
    {
        ReadOnly = new HashSet<string> { "dynamic" },
    };

    public override string Path => "interface/list/member";

    public override PropertyTable<InterfaceListMember> Properties => s_properties;

    protected internal override InterfaceListMember Blank { get; } = new() { List = "", Interface = "" };

    protected internal override string Noun => "member";

    protected override IReadOnlyList<string> Required { get; } = ["list", "interface"];

    protected override IReadOnlyList<NameReference<InterfaceListMember>> References { get; } =
    [
        NameReference<InterfaceListMember>.One(
            "list", NameScope.InterfaceList, static m => m.List, static (m, name) => m with { List = name }),
        NameReference<InterfaceListMember>.One(
            "interface", NameScope.Interface, static m => m.Interface, static (m, name) => m with { Interface = name }),
    ];

    protected internal override EntryList<InterfaceListMember> Entries(RouterConfiguration configuration) =>
        configuration.InterfaceListMembers;

    protected override RouterConfiguration WithEntries(RouterConfiguration configuration, EntryList<InterfaceListMember> entries) =>
        configuration with { InterfaceListMembers = entries };

    protected override InterfaceListMember Checked(InterfaceListMember member, Statement statement, DiagnosticSink diagnostics)
    {
        if (InterfaceListMembers.IsBuiltIn(member.List))
        {
            diagnostics.Error(
                statement.SpanOf("list"), $"the members of the built-in list {DiagnosticSink.Quote(member.List)} are what its name says",
                "one of /interface list");
        }

        return member;
    }

    public override void Complete(Loading loading) => RefuseTwins(
        loading, "interface", static m => m.List.Length == 0 ? null : ((string, string)?)(m.List, m.Interface),
        static m => $"{DiagnosticSink.Quote(m.Interface)} is a member of {DiagnosticSink.Quote(m.List)} already");
}
