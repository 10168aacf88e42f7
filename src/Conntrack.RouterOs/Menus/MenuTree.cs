using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>The menus of RouterOS 7 with those of RouterOS 6 that exports still hold, and what this product does with each.</summary>
public static class MenuTree
{
    /// <summary>
    /// Menus that decide what becomes of traffic and that this product is to do but does not do yet, with all their submenus. Nothing here
    /// may be skipped with a note: a filter rule, an address or a bridge that is not there changes what is forwarded.
    /// </summary>
    static readonly string[] s_notYet =
    [
        "ip/firewall", "ipv6/firewall", "ip/route", "ipv6/route", "interface/bridge", "interface/bonding", "interface/vrrp",
        "interface/ethernet/switch/rule", "interface/ethernet/switch/acl",
    ];

    static readonly (string Path, string Consequence)[] s_consequences =
    [
        ("ip/ipsec/policy", "traffic these policies would encrypt leaves unencrypted"),
        ("ip/hotspot", "clients are not asked to log in"),
        ("ip/kid-control", "no limits are set on these devices"),
        ("queue", "traffic is not shaped"),
    ];

    static readonly string[] s_supported =
    [
        "ip/firewall/connection/tracking", "interface", "interface/ethernet", "ip/firewall/filter", "ip/firewall/mangle", "ip/firewall/address-list", "ipv6/firewall/address-list",
        "ip/firewall/layer7-protocol", "ip/firewall/service-port", "ip/firewall/nat",
        "ip/firewall/raw", "ipv6/firewall/mangle",
        "ipv6/firewall/filter", "ipv6/firewall/nat", "ipv6/firewall/raw", "interface/vlan", "interface/bridge", "interface/bridge/port", "interface/bridge/settings", "interface/list",
        "interface/list/member", "ip/address", "ipv6/address", "ip/arp", "ipv6/neighbor", "ip/route", "ipv6/route", "ip/settings",
        "ipv6/settings", "ip/vrf", "routing/table", "routing/rule",
    ];

    public static Menu Root { get; } = Build();

    /// <summary>The menu of a path such as <c>ip/firewall/connection/tracking</c>, which has to be listed.</summary>
    public static Menu At(string path)
    {
        IMenuNode node = Root;
        foreach (string word in path.Split('/'))
        {
            node = node.Child(word) ?? throw new ArgumentException($"no menu {path}", nameof(path));
        }

        return (Menu)node;
    }

    /// <summary>The listed menu of a path as a prompt or a statement writes it, such as <c>/ip/firewall/filter</c>; null when there is none.</summary>
    public static Menu? Find(string path)
    {
        IMenuNode? node = Root;
        foreach (string word in path.Split(['/', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            node = node?.Child(word);
        }

        return (Menu?)node;
    }

    /// <summary>A menu as RouterOS 7's prompt shows it: <c>/ip/firewall/filter</c>; empty for the root.</summary>
    public static string PromptOf(Menu menu) => menu.Parent is null ? "" : menu.Path.Replace(' ', '/');

    static Menu Build()
    {
        var root = Menu.CreateRoot();
        foreach (string table in (string[])[MenuWords.System, MenuWords.Interfaces, MenuWords.Internet, MenuWords.Version6])
        {
            foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                AddLine(root, line);
            }
        }

        // The commands of the root (import, quit, …) act on what this product does.
        root.Support = MenuSupport.NotYet;
        foreach (string path in s_notYet)
        {
            Mark(Walk(root, path), MenuSupport.NotYet, null);
        }

        foreach ((string path, string consequence) in s_consequences)
        {
            Mark(Walk(root, path), MenuSupport.NotApplicable, consequence);
        }

        foreach (string path in s_supported)
        {
            Walk(root, path).Support = MenuSupport.Supported;
        }

        foreach (string path in s_notYet.Concat(s_supported))
        {
            for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                Walk(root, path[..slash]).LeadsToMore = true;
            }
        }

        return root;
    }

    /// <summary><c>menu/submenu: submenu … | command …</c>; a root line begins with the colon.</summary>
    static void AddLine(Menu root, string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        Menu menu = colon == 0 ? root : Walk(root, line[..colon]);
        string[] halves = line[(colon + 1)..].Split('|');
        foreach (string word in halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            menu.GetOrAdd(word);
        }

        foreach (string word in halves.Length > 1 ? halves[1].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            menu.AddCommand(word);
        }
    }

    static Menu Walk(Menu root, string path)
    {
        Menu menu = root;
        foreach (string word in path.Split('/'))
        {
            menu = menu.GetOrAdd(word);
        }

        return menu;
    }

    static void Mark(Menu menu, MenuSupport support, string? consequence)
    {
        menu.Support = support;
        menu.Consequence = consequence;
        foreach (Menu child in menu.Children)
        {
            Mark(child, support, consequence);
        }
    }
}
