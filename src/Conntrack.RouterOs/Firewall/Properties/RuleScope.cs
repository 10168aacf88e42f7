namespace Conntrack.RouterOs.Firewall.Properties;

/// <summary>
/// Which table of which family has which property, and in which order RouterOS prints them. A matcher that is silently left out makes a
/// rule match more than its author wrote, so that every name is known, also where it cannot be used.
/// </summary>
static class RuleScope
{
    static readonly string[] s_order =
    [
        "chain", "action", "jump-target", "to-addresses", "to-address", "to-ports", "same-not-by-dst", "randomise-ports", "address-list",
        "address-list-timeout", "reject-with", "new-connection-mark", "new-packet-mark", "new-routing-mark", "new-mss", "new-dscp", "new-ttl",
        "new-hop-limit", "new-priority", "sniff-target", "sniff-target-port", "sniff-id", "route-dst", "passthrough", "hw-offload",
        "connection-state", "connection-nat-state", "protocol", "src-address", "dst-address", "src-address-list", "dst-address-list",
        "src-address-type", "dst-address-type", "in-interface", "out-interface", "in-interface-list", "out-interface-list", "in-bridge-port",
        "out-bridge-port", "in-bridge-port-list", "out-bridge-port-list", "src-port", "dst-port", "port", "src-mac-address",
        "connection-mark", "connection-type", "connection-bytes", "connection-rate", "connection-limit", "packet-mark", "routing-mark",
        "routing-table", "realm", "layer7-protocol", "content", "tls-host", "p2p", "icmp-options", "tcp-flags", "tcp-mss", "packet-size",
        "ttl", "hop-limit", "dscp", "priority", "ingress-priority", "fragment", "ipv4-options", "headers", "hotspot", "ipsec-policy", "psd",
        "random", "nth", "per-connection-classifier", "limit", "dst-limit", "time", "log", "log-prefix", "disabled", "comment",
    ];

    static readonly HashSet<string> s_ipv4 =
    [
        "ipv4-options", "ttl", "same-not-by-dst", "randomise-ports", "new-ttl", "route-dst", "fragment", "realm", "hotspot", "p2p", "psd",
    ];

    static readonly HashSet<string> s_ipv6 = ["headers", "hop-limit", "new-hop-limit"];

    /// <summary>Matchers that look at the packet's connection.</summary>
    static readonly HashSet<string> s_connection =
    [
        "connection-bytes", "connection-limit", "connection-mark", "connection-nat-state", "connection-rate", "connection-state",
        "connection-type",
    ];

    static readonly HashSet<string> s_notRaw = ["layer7-protocol", "p2p", "realm", "routing-mark", "routing-table"];

    static readonly HashSet<string> s_filter = ["reject-with", "hw-offload"];

    static readonly HashSet<string> s_mangle =
    [
        "new-connection-mark", "new-packet-mark", "new-routing-mark", "passthrough", "new-mss", "new-dscp", "new-ttl", "new-hop-limit",
        "new-priority", "sniff-target", "sniff-target-port", "sniff-id", "route-dst",
    ];

    static readonly HashSet<string> s_nat = ["to-addresses", "to-address", "to-ports", "same-not-by-dst", "randomise-ports"];

    public static int OrderOf(string property) => Array.IndexOf(s_order, property);

    /// <summary>Why rules of a table cannot have a property that others have; null when they can.</summary>
    public static string? WhyNot(string property, RuleFamily family, RuleTable table)
    {
        if ((family == RuleFamily.Ipv4 ? s_ipv6 : s_ipv4).Contains(property))
        {
            return $"{property} belongs to /{(family == RuleFamily.Ipv4 ? RuleFamily.Ipv6 : RuleFamily.Ipv4).Word()} firewall";
        }

        if (table == RuleTable.Raw && s_connection.Contains(property))
        {
            return $"{property} is no matcher of raw: packets pass it before connection tracking";
        }

        if (table == RuleTable.Nat && property is ("connection-state" or "connection-nat-state"))
        {
            return $"{property} is no matcher of nat: only the first packet of a connection passes it";
        }

        return Belongs(property, table) ? null : $"{property} belongs to {Home(property)}, {table.Word()} does not have it";
    }

    public static Dictionary<string, string> Impossible(RuleFamily family, RuleTable table) => s_order
        .Select(property => (property, reason: WhyNot(property, family, table)))
        .Where(static entry => entry.reason is not null)
        .ToDictionary(static entry => entry.property, static entry => entry.reason!);

    static bool Belongs(string property, RuleTable table) =>
        s_filter.Contains(property) ? table == RuleTable.Filter
        : s_nat.Contains(property) ? table == RuleTable.Nat
        : s_mangle.Contains(property) ? table == RuleTable.Mangle
        : table != RuleTable.Raw || !s_notRaw.Contains(property);

    static string Home(string property) => s_nat.Contains(property) ? "nat" : s_mangle.Contains(property) ? "mangle" : "filter";
}
