using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.Control.Tests.Settings.Revisions;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings;

/// <summary>A store over a disk that can refuse, a clock that is moved, and a dataplane that notes what it was given.</summary>
sealed class StoreRig : IDisposable
{
    readonly StartingPoint _start;

    public StoreRig()
    {
        _start = StartingPoint.Of(RouterConfiguration.Default, new RevisionHistory(Disk));
        Store = new ConfigurationStore(_start, Check, Publish, Warnings.Add, Time);
    }

    public PowerCutDisk Disk { get; } = new(new Random(1));

    public ManualTime Time { get; } = new();

    public List<RouterConfiguration> Published { get; } = [];

    /// <summary>Workers that take nothing up.</summary>
    public bool Hangs { get; set; }

    public List<string> Warnings { get; } = [];

    public ConfigurationStore Store { get; }

    public string Script => Store.Export(null).Script;

    public IReadOnlyList<FirewallRule> Filter => Store.Current.Rules.Of(RuleFamily.Ipv4, RuleTable.Filter);

    /// <summary>Applies a script that has no error, and returns the revision.</summary>
    public ulong Apply(string script, double confirm = 0, ulong? on = null, bool replace = false)
    {
        ScriptChange change = Store.Apply(script, new ChangeTerms { Confirm = TimeSpan.FromSeconds(confirm), Base = on, Replace = replace });
        Assert.NotNull(change.Revision);
        return change.Revision.Number;
    }

    public static string UdpTimeout(int seconds) => $"/ip firewall connection tracking set udp-timeout={seconds}s\n";

    public int UdpTimeout() => (int)Store.Current.Tracking.UdpTimeout.TotalSeconds;

    public void Dispose()
    {
        Store.Dispose();
        _start.Dispose();
    }

    void Publish(RouterConfiguration configuration)
    {
        if (Hangs)
        {
            throw new TimeoutException("a worker hangs");
        }

        Published.Add(configuration);
    }

    /// <summary>As a router does with max-entries beyond what it has reserved.</summary>
    static void Check(RouterConfiguration configuration)
    {
        if (configuration.Tracking.MaxEntries > 1_000_000)
        {
            throw new ConfigurationRefusedException([new PropertyProblem("max-entries", "too many")]);
        }
    }
}
