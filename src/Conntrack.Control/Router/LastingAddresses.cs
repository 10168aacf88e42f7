using Conntrack.Control.Settings;
using Conntrack.RouterOs.Console;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>
/// What rules list for good (address-list-timeout=none-static) becomes part of the configuration, and entries whose timeout is over leave it, all
/// within a few seconds as one revision. Until then it is in force, or not, all the same; a router that ends before has forgotten the one and begins
/// the other again.
/// </summary>
sealed class LastingAddresses : IDisposable
{
    static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    readonly ConfigurationStore _configuration;
    readonly Func<List<(RuleFamily Family, string List, UInt128 Address)>> _made;
    readonly Func<List<(RuleFamily Family, ulong Id)>> _over;
    readonly Action<IEnumerable<ListedAddressReference>> _remove;
    readonly Action<string> _tell;
    readonly Thread _thread;
    readonly ManualResetEventSlim _stop = new();

    /// <param name="configuration">Takes them in.</param>
    /// <param name="made">Those that rules have made.</param>
    /// <param name="over">Entries of the configuration whose timeout is over.</param>
    /// <param name="remove">Takes off what the configuration has now.</param>
    /// <param name="tell">Takes what a user should know.</param>
    public LastingAddresses(
        ConfigurationStore configuration, Func<List<(RuleFamily Family, string List, UInt128 Address)>> made,
        Func<List<(RuleFamily Family, ulong Id)>> over, Action<IEnumerable<ListedAddressReference>> remove, Action<string> tell)
    {
        _configuration = configuration;
        _made = made;
        _over = over;
        _remove = remove;
        _tell = tell;
        _thread = new Thread(Run) { IsBackground = true, Name = "ct-lists" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    void Run()
    {
        while (!_stop.Wait(s_period))
        {
            try
            {
                // Only rules that list for good make such entries, and most configurations have none.
                bool lists = _configuration.Current.Rules.All.Any(static rule => rule.Arguments.AddressListTimeout is { Static: true });
                Keep(lists ? _made() : [], _over());
            }
            catch (Exception exception) when (exception is ChangeRefusedException or ConfigurationRefusedException)
            {
                _tell($"warning: addresses that rules have listed for good are not kept: {exception.Message}");
            }
        }
    }

    void Keep(List<(RuleFamily Family, string List, UInt128 Address)> made, List<(RuleFamily Family, ulong Id)> over)
    {
        if (made.Count == 0 && over.Count == 0)
        {
            return;
        }

        _configuration.Change(current => current with
        {
            Ipv4AddressLists = With(Without(current.Ipv4AddressLists, over, RuleFamily.Ipv4), made, RuleFamily.Ipv4),
            Ipv6AddressLists = With(Without(current.Ipv6AddressLists, over, RuleFamily.Ipv6), made, RuleFamily.Ipv6),
        });
        _remove(made.Select(static entry => new ListedAddressReference(entry.Family, entry.List, entry.Address)));
    }

    static EntryList<ListedAddress> Without(EntryList<ListedAddress> entries, List<(RuleFamily Family, ulong Id)> over, RuleFamily family) =>
        over.Where(entry => entry.Family == family)
            .Aggregate(entries, static (left, entry) => left.IndexOf(entry.Id) is >= 0 and int index ? left.RemoveAt(index) : left);

    static EntryList<ListedAddress> With(
        EntryList<ListedAddress> entries, List<(RuleFamily Family, string List, UInt128 Address)> made, RuleFamily family)
    {
        HashSet<(string, UInt128)> there = [.. entries.Where(static entry => entry.First == entry.Last).Select(static entry => (entry.List, entry.First))];
        foreach ((RuleFamily _, string list, UInt128 address) in made.Where(entry => entry.Family == family && there.Add((entry.List, entry.Address))))
        {
            entries = entries.Add(new ListedAddress { List = string.Intern(list), First = address, Last = address });
        }

        return entries;
    }
}
