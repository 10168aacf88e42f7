using System.Diagnostics;
using Conntrack.Control.Host;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.Control.Router;

/// <summary>
/// Keeps the addresses of names that address lists hold: asks for each as often as its answer says, and lists what it stands for now. What
/// nobody answers stays as it was last known, for a list that loses its addresses lets through what it is there to stop. A thread of its own,
/// since name servers may take seconds.
/// </summary>
sealed class NamedAddresses : IDisposable
{
    static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_retry = TimeSpan.FromSeconds(15);

    readonly Func<RouterConfiguration> _configuration;
    readonly NameServers _servers;
    readonly Func<IReadOnlyDictionary<(RuleFamily Family, string List, UInt128 Address), string>, int> _list;
    readonly Action<string> _tell;
    readonly Dictionary<(RuleFamily Family, string Name), Known> _known = [];
    readonly Thread _thread;
    readonly ManualResetEventSlim _stop = new();
    List<(RuleFamily Family, string List, string Name)> _wanted = [];
    RouterConfiguration? _seen;
    bool _isFull;

    /// <param name="configuration">The one in force.</param>
    /// <param name="servers">Whom to ask.</param>
    /// <param name="list">Puts all addresses of names in force, says how many there was no room for.</param>
    /// <param name="tell">Takes what a user should know, a line each.</param>
    public NamedAddresses(
        Func<RouterConfiguration> configuration, NameServers servers,
        Func<IReadOnlyDictionary<(RuleFamily Family, string List, UInt128 Address), string>, int> list, Action<string> tell)
    {
        _configuration = configuration;
        _servers = servers;
        _list = list;
        _tell = tell;
        _thread = new Thread(Run) { IsBackground = true, Name = "ct-names" };
        _thread.Start();
    }

    /// <summary>What is known of a name in one family.</summary>
    sealed class Known
    {
        public List<UInt128> Addresses { get; set; } = [];

        /// <summary><see cref="Stopwatch"/> ticks.</summary>
        public long AskAgainAt { get; set; }

        public bool IsUnanswered { get; set; }
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    void Run()
    {
        do
        {
            bool changed = Follow(_configuration());
            changed |= AskWhoIsDue();
            if (changed && !_stop.IsSet)
            {
                List();
            }
        }
        while (!_stop.Wait(s_period));
    }

    /// <summary>True when lists hold other names than before.</summary>
    bool Follow(RouterConfiguration configuration)
    {
        bool same = _seen is { } seen
            && ReferenceEquals(seen.Ipv4AddressLists, configuration.Ipv4AddressLists)
            && ReferenceEquals(seen.Ipv6AddressLists, configuration.Ipv6AddressLists);
        _seen = configuration;
        if (same)
        {
            return false;
        }

        _wanted = [.. Names(RuleFamily.Ipv4, configuration.Ipv4AddressLists), .. Names(RuleFamily.Ipv6, configuration.Ipv6AddressLists)];
        HashSet<(RuleFamily, string)> wanted = [.. _wanted.Select(Key)];
        foreach ((RuleFamily, string) gone in _known.Keys.Where(name => !wanted.Contains(name)).ToList())
        {
            _known.Remove(gone);
        }

        foreach ((RuleFamily, string) come in wanted)
        {
            _known.TryAdd(come, new Known());
        }

        return true;
    }

    /// <summary>True when any name stands for other addresses than before.</summary>
    bool AskWhoIsDue()
    {
        bool changed = false;
        foreach (((RuleFamily family, string name), Known known) in _known)
        {
            if (_stop.IsSet)
            {
                break;
            }

            if (Stopwatch.GetTimestamp() < known.AskAgainAt)
            {
                continue;
            }

            NameAnswer? answer = _servers.Ask(name, family);
            known.AskAgainAt = Stopwatch.GetTimestamp() + (long)((answer?.TimeToLive ?? s_retry).TotalSeconds * Stopwatch.Frequency);
            if (answer is null != known.IsUnanswered)
            {
                known.IsUnanswered = answer is null;
                _tell(answer is null
                    ? $"warning: no name server answers for {name}; address lists keep {(known.Addresses.Count == 0 ? "none" : "the last")} of its addresses"
                    : $"{name} is answered for again");
            }

            if (answer is not null)
            {
                List<UInt128> addresses = [.. answer.Addresses.Select(AddressNumber.Of).Distinct().Order()];
                changed |= !addresses.SequenceEqual(known.Addresses);
                known.Addresses = addresses;
            }
        }

        return changed;
    }

    void List()
    {
        var named = new Dictionary<(RuleFamily, string, UInt128), string>();
        foreach ((RuleFamily Family, string List, string Name) entry in _wanted)
        {
            foreach (UInt128 address in _known[Key(entry)].Addresses)
            {
                named.TryAdd((entry.Family, entry.List, address), entry.Name);
            }
        }

        int refused = _list(named);
        if (refused > 0 && !_isFull)
        {
            _tell($"warning: there is no room for {refused} addresses of names in address lists");
        }

        _isFull = refused > 0;
    }

    static IEnumerable<(RuleFamily Family, string List, string Name)> Names(RuleFamily family, EntryList<ListedAddress> entries) =>
        entries.Where(static entry => entry is { Disabled: false, Name: not null }).Select(entry => (family, entry.List, entry.Name!));

    /// <summary>Names are the same in whatever letters (RFC 4343).</summary>
    static (RuleFamily Family, string Name) Key((RuleFamily Family, string List, string Name) entry) => (entry.Family, entry.Name.ToLowerInvariant());
}
