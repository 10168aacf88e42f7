using System.Collections.Concurrent;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.Memory;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Settings;
using ListedAddress = Conntrack.RouterOs.Firewall.Lists.ListedAddress;
using Made = Conntrack.Firewall.Lists.ListedAddress;

namespace Conntrack.Control.Firewall;

/// <summary>
/// Addresses that are listed for a time, by rules, or by their names. They are in no image: the table that all workers share has them, so that one comes and
/// goes without another edition of the rules.
/// </summary>
/// <param name="dataplane">Has the table.</param>
/// <param name="names">Of lists.</param>
sealed class ListsInForce(DataplaneHost dataplane, RuleNames names)
{
    readonly Dictionary<RuleFamily, EntryList<ListedAddress>> _before = [];

    /// <summary>When the timeouts of entries of the configuration began, by id.</summary>
    readonly ConcurrentDictionary<(RuleFamily Family, ulong Id), ulong> _since = [];

    /// <summary>What the DNS has listed, and under which name. Replaced as a whole, for readers of other threads.</summary>
    volatile IReadOnlyDictionary<(RuleFamily Family, string List, UInt128 Address), string> _named =
        new Dictionary<(RuleFamily, string, UInt128), string>();

    /// <summary>Lists what the configuration has with a timeout that it did not have before, and ends what it has no more.</summary>
    /// <param name="configuration">In force from now on.</param>
    /// <param name="now">When timeouts begin, <see cref="Timestamp"/>.</param>
    public void Follow(RouterConfiguration configuration, ulong now)
    {
        Follow(RuleFamily.Ipv4, configuration.Ipv4AddressLists, now);
        Follow(RuleFamily.Ipv6, configuration.Ipv6AddressLists, now);
    }

    /// <summary>
    /// Lists the addresses of names and ends those that no name has any more. One that a rule or a person has taken off comes back.
    /// </summary>
    /// <param name="named">Every address, and the name it is there for. Those of lists that no rule and no entry knows are passed over.</param>
    /// <param name="now"><see cref="Timestamp"/>.</param>
    /// <returns>How many there was no room for.</returns>
    public int FollowNames(IReadOnlyDictionary<(RuleFamily Family, string List, UInt128 Address), string> named, ulong now)
    {
        int refused = 0;
        foreach ((RuleFamily family, string list, UInt128 address) in _named.Keys.Where(address => !named.ContainsKey(address)))
        {
            Remove(family, list, address, now);
        }

        foreach ((RuleFamily family, string list, UInt128 address) in named.Keys)
        {
            if (names.KnownList(family, list) is { } number
                && !dataplane.AddListed(number, family == RuleFamily.Ipv6, address, ListedFor.Run, TimeSpan.Zero, now))
            {
                refused++;
            }
        }

        _named = named;
        return refused;
    }

    /// <summary>What is of the entries with a timeout, then what rules and names have listed.</summary>
    public IEnumerable<ListedAddressStatus> Statuses(RuleFamily family, RouterConfiguration configuration, ulong now)
    {
        Dictionary<(string List, UInt128 Address), Made> made = All(family, now).ToDictionary(
            entry => (names.NameOfList(entry.IsIpv6, entry.List), entry.Address));
        foreach (ListedAddress entry in Timed(Of(family, configuration)))
        {
            bool isThere = made.TryGetValue((entry.List, entry.First), out Made there);
            yield return new ListedAddressStatus(entry, isThere ? Remaining(there, now) : TimeSpan.Zero) { IsOver = !isThere && IsOver(family, entry, now) };
            Each(entry, address => made.Remove((entry.List, address)));
        }

        foreach (((string list, UInt128 address), Made entry) in made.OrderBy(pair => pair.Key))
        {
            TimeSpan? remaining = Remaining(entry, now);
            string name = _named.GetValueOrDefault((family, list, address), "");
            yield return new ListedAddressStatus(
                new ListedAddress { List = list, First = address, Last = address, Timeout = remaining, Comment = name }, remaining);
        }
    }

    /// <summary>Entries of the configuration whose time is over, and which nothing has listed again since.</summary>
    public List<(RuleFamily Family, ulong Id)> Over(RouterConfiguration configuration, ulong now) =>
    [
        .. _since.Keys.Select(static entry => entry.Family).Distinct().SelectMany(family => Statuses(family, configuration, now)
            .Where(status => status.IsOver).Select(status => (family, status.Listed.Id))),
    ];

    /// <summary>Lists that hold such addresses, whether a rule that is still there has put them there or not.</summary>
    public IEnumerable<(ushort Number, bool IsIpv6)> InUse(ulong now) =>
        dataplane.ListedAddresses(now).Select(entry => (entry.List, entry.IsIpv6)).Distinct();

    /// <summary>What rules have listed for good and the configuration does not have yet.</summary>
    public List<(RuleFamily Family, string List, UInt128 Address)> Lasting(ulong now) =>
    [
        .. dataplane.ListedAddresses(now).Where(entry => entry.ListedFor == ListedFor.Good)
            .Select(entry => (entry.IsIpv6 ? RuleFamily.Ipv6 : RuleFamily.Ipv4, names.NameOfList(entry.IsIpv6, entry.List), entry.Address)),
    ];

    /// <summary>Takes an address off a list that a rule has put it on.</summary>
    public bool Remove(RuleFamily family, string list, UInt128 address, ulong now) =>
        names.KnownList(family, list) is { } number && dataplane.RemoveListed(number, family == RuleFamily.Ipv6, address, now);

    void Follow(RuleFamily family, EntryList<ListedAddress> entries, ulong now)
    {
        EntryList<ListedAddress> before = _before.GetValueOrDefault(family) ?? EntryList<ListedAddress>.Empty;
        _before[family] = entries;
        if (ReferenceEquals(before, entries))
        {
            return;
        }

        HashSet<(string, UInt128, UInt128, TimeSpan?, ulong)> had = [.. Timed(before).Select(Key)], has = [.. Timed(entries).Select(Key)];
        foreach (ListedAddress gone in Timed(before).Where(entry => !has.Contains(Key(entry))))
        {
            _since.TryRemove((family, gone.Id), out _);
            Each(gone, address => Remove(family, gone.List, address, now));
        }

        foreach (ListedAddress come in Timed(entries).Where(entry => !had.Contains(Key(entry))))
        {
            ushort list = names.List(family, come.List);
            _since[(family, come.Id)] = now;
            Each(come, address => dataplane.AddListed(list, family == RuleFamily.Ipv6, address, ListedFor.Time, come.Timeout!.Value, now));
        }
    }

    IEnumerable<Made> All(RuleFamily family, ulong now) =>
        dataplane.ListedAddresses(now).Where(entry => entry.IsIpv6 == (family == RuleFamily.Ipv6));

    bool IsOver(RuleFamily family, ListedAddress entry, ulong now) =>
        _since.TryGetValue((family, entry.Id), out ulong since)
        && Timestamp.Tick(now) - Timestamp.Tick(since) >= (long)(entry.Timeout!.Value.TotalSeconds * Timestamp.TicksPerSecond);

    static EntryList<ListedAddress> Of(RuleFamily family, RouterConfiguration configuration) =>
        family == RuleFamily.Ipv4 ? configuration.Ipv4AddressLists : configuration.Ipv6AddressLists;

    static IEnumerable<ListedAddress> Timed(EntryList<ListedAddress> entries) =>
        entries.Where(entry => entry is { Disabled: false, Timeout: not null });

    static (string List, UInt128 First, UInt128 Last, TimeSpan? Timeout, ulong Id) Key(ListedAddress entry) =>
        (entry.List, entry.First, entry.Last, entry.Timeout, entry.Id);

    static void Each(ListedAddress entry, Action<UInt128> action)
    {
        for (UInt128 address = entry.First; ; address++)
        {
            action(address);
            if (address == entry.Last)
            {
                return;
            }
        }
    }

    static TimeSpan? Remaining(Made entry, ulong now) => entry.ListedFor != ListedFor.Time
        ? null
        : TimeSpan.FromSeconds(Math.Max((int)(Timestamp.Tick(entry.Deadline) - Timestamp.Tick(now)), 0) / (int)Timestamp.TicksPerSecond);
}
