using System.Globalization;
using System.Text.Json;

namespace Conntrack.Control.Host;

/// <summary>
/// The kernel's side of the port that leads to the host's own programs. What it sets up goes when it is disposed of; what a router left that
/// ended without a word is found by its mark and removed by the next one. Failing is a warning: the router does without.
/// </summary>
sealed class HostNetwork : IDisposable
{
    /// <summary>Numbers of tables that a router may take, the first free one.</summary>
    const int FirstTable = 50_944, Tables = 256;

    readonly string _name;
    readonly HostCommands _commands;
    readonly Action<string> _warn;
    HostState _state = HostState.Nothing;

    /// <param name="name">The host's interface.</param>
    /// <param name="warn">Takes what the host refused, a line each.</param>
    public HostNetwork(string name, Action<string> warn)
    {
        _name = name;
        _warn = warn;
        HashSet<int> taken = TablesOfRules();
        foreach (int orphan in taken.Where(IsEmpty).ToList())
        {
            Carry(new HostCommands(name, orphan).End());
            taken.Remove(orphan);
        }

        _commands = new HostCommands(name, Enumerable.Range(FirstTable, Tables).First(table => !taken.Contains(table) && IsEmpty(table)));
        Set("ipv6", "disable_ipv6", "0");
        Set("ipv6", "addr_gen_mode", "1");
        Set("ipv6", "accept_ra", "0");

        // Whoever speaks to the host through the router is seldom behind the host's own default route (loose, RFC 3704).
        Set("ipv4", "rp_filter", "2");
        Carry(_commands.Begin(_state.Mtu));
    }

    /// <summary>A name that no interface of the host has: the one wanted, or it with a number.</summary>
    public static string FreeName(string wanted)
    {
        string name = wanted;
        for (int number = 1; Directory.Exists($"/proc/sys/net/ipv4/conf/{name}"); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}{number}");
        }

        return name;
    }

    /// <summary>Brings the host's side up to date.</summary>
    public void Follow(HostState state)
    {
        Carry(_commands.Change(_state, state));
        _state = state;
    }

    /// <inheritdoc/>
    public void Dispose() => Carry([.. _commands.Change(_state, _state with { Addresses = new HashSet<System.Net.IPAddress>() }), .. _commands.End()]);

    void Carry(IReadOnlyList<string> lines)
    {
        string complaint = IpTool.Batch(lines);
        if (complaint.Length > 0)
        {
            _warn($"warning: {_name}: {complaint}");
        }
    }

    void Set(string family, string key, string value)
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/{family}/conf/{_name}/{key}", value);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A host without IPv6 has no such switch.
            if (family == "ipv4")
            {
                _warn($"warning: {_name}: {key}: {exception.Message}");
            }
        }
    }

    /// <summary>Tables that rules of routers look up: never those of anybody else, whatever the host's <c>ip</c> makes of the protocol.</summary>
    static HashSet<int> TablesOfRules()
    {
        HashSet<int> tables = [];
        foreach (string family in new[] { "-4", "-6" })
        {
            string rules = IpTool.Ask(family, "-j", "-N", "rule", "show", "protocol", HostCommands.Protocol.ToString(CultureInfo.InvariantCulture));
            using JsonDocument document = JsonDocument.Parse(rules.Trim().Length == 0 ? "[]" : rules);
            foreach (JsonElement rule in document.RootElement.EnumerateArray())
            {
                if (rule.TryGetProperty("table", out JsonElement table) && int.TryParse(table.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    && number is >= FirstTable and < FirstTable + Tables)
                {
                    tables.Add(number);
                }
            }
        }

        return tables;
    }

    /// <summary>A router's table has a route for as long as the router's interface is there.</summary>
    static bool IsEmpty(int table)
    {
        string number = table.ToString(CultureInfo.InvariantCulture);
        return IpTool.Ask("-4", "route", "show", "table", number).Trim().Length == 0 && IpTool.Ask("-6", "route", "show", "table", number).Trim().Length == 0;
    }
}
