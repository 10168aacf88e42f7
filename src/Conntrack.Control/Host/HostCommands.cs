using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Conntrack.Control.Host;

/// <summary>
/// The lines of <c>ip -batch</c>, each with its family in front, that bring the host's side from one state to another. The router's addresses are the host's too, each alone
/// and without a network, and what the host says from one of them goes to the router by a rule and a table of its own. Networks behind the router
/// stand in main with a metric that any other route beats. Nothing else of the host changes.
/// </summary>
/// <param name="name">The host's interface.</param>
/// <param name="table">The table of its own.</param>
sealed class HostCommands(string name, int table)
{
    /// <summary>Who made the rules and routes, by the number that iproute2 calls protocol: one that nobody else is known to use.</summary>
    public const int Protocol = 199;

    /// <summary>Behind local and before main.</summary>
    const int Preference = 19_900;

    /// <summary>Any other route of the host to the same network comes before.</summary>
    const uint Metric = 4_000_000_000;

    /// <summary>The interface itself, and the table with the one way out.</summary>
    public IReadOnlyList<string> Begin(int mtu) =>
    [
        Text($"-4 link set dev {name} mtu {mtu} arp off up"),
        Text($"-4 route replace default dev {name} scope link proto {Protocol} table {table}"),
        Text($"-6 route replace default dev {name} proto {Protocol} table {table}"),
    ];

    public IReadOnlyList<string> Change(HostState from, HostState to)
    {
        List<string> lines = [];
        if (from.Mtu != to.Mtu)
        {
            lines.Add(Text($"-4 link set dev {name} mtu {to.Mtu}"));
        }

        foreach ((string network, IPAddress? source) in from.Networks)
        {
            if (!to.Networks.TryGetValue(network, out IPAddress? now) || !Equals(now, source))
            {
                lines.Add(Text($"{OptionOf(network)} route del {network} dev {name} metric {Metric}"));
            }
        }

        foreach (IPAddress address in from.Addresses.Except(to.Addresses))
        {
            lines.Add(Rule("del", address));
            lines.Add(Text($"{HostState.Family(address)} addr del {Alone(address)} dev {name}"));
        }

        foreach (IPAddress address in to.Addresses.Except(from.Addresses))
        {
            // Deprecated: a program that does not ask for it never speaks from it where the host has an address of its own (RFC 6724 rule 3).
            bool isIpv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            lines.Add(Text($"{HostState.Family(address)} addr replace {Alone(address)} dev {name} noprefixroute{(isIpv6 ? " nodad preferred_lft 0" : "")}"));
            lines.Add(Rule("add", address));
        }

        foreach ((string network, IPAddress? source) in to.Networks)
        {
            if (!from.Networks.TryGetValue(network, out IPAddress? before) || !Equals(before, source))
            {
                string from1 = source is null ? "" : $" src {source}";
                lines.Add(Text($"{OptionOf(network)} route replace {network} dev {name} metric {Metric} proto {Protocol}{from1}"));
            }
        }

        return lines;
    }

    /// <summary>What does not go with the interface.</summary>
    public IReadOnlyList<string> End() => [Text($"-4 rule flush table {table}"), Text($"-6 rule flush table {table}")];

    string Rule(string command, IPAddress address) => Text(
        $"{HostState.Family(address)} rule {command} from {Alone(address)} lookup {table} pref {Preference} protocol {Protocol}");

    static string Alone(IPAddress address) => $"{address}/{(address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)}";

    static string OptionOf(string network) => network.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
