using System.Diagnostics;
using Conntrack.Kernel.Linux;
using Conntrack.Kernel.Ours;
using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>
/// Both routers side by side, empty at the start. The kernel's time is real and ours is what we are told: every frame gets the time that
/// has really passed. Where the two clocks could disagree about an instant, no packet is sent and no table is read.
/// </summary>
sealed class Bench : IDisposable
{
    /// <summary>Nothing is done this close to an instant at which something ends or changes: jiffies are 4 ms, the scheduler adds its own.</summary>
    static readonly TimeSpan s_margin = TimeSpan.FromMilliseconds(40);

    /// <summary>UDP becomes a stream this long after its first packet.</summary>
    static readonly TimeSpan s_streamAge = TimeSpan.FromSeconds(2);

    readonly KernelRouter _kernel;
    readonly OurRouter _ours;
    readonly DifferenceLedger _differences;
    readonly Stopwatch _clock = Stopwatch.StartNew();
    readonly Dictionary<EntryKey, TimeSpan> _firstSeen = [];
    readonly List<(EntryKey Key, TimeSpan At)> _instants = [];

    public Bench(KernelRouter kernel, Setup setup, int burst, DifferenceLedger differences)
    {
        _kernel = kernel;
        _kernel.Prepare(setup);
        _ours = new OurRouter(setup, burst);
        _differences = differences.Begin(setup);
    }

    /// <summary>Asks the kernel alone: what a generator's traffic reaches.</summary>
    public bool IsCensus { get; init; }

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>The kernel's table after the latest burst.</summary>
    public IReadOnlyList<Entry> KernelTable { get; private set; } = [];

    /// <summary>Connections that a known difference has made incomparable.</summary>
    public IEnumerable<EntryKey> Incomparable => _differences.Incomparable;

    /// <summary>What the kernel made of each frame of the latest burst.</summary>
    public IReadOnlyList<Outcome> KernelOutcomes { get; private set; } = [];

    /// <summary>Frames through both, the kernel one by one and ours in one burst, then both tables. Returns what no known difference explains.</summary>
    public List<Disagreement> Send(params IReadOnlyList<TestFrame> burst)
    {
        AwayFromInstants(burst);
        List<Outcome> theirs = [];
        List<(TestFrame, TimeSpan)> timed = [];
        foreach (TestFrame frame in burst)
        {
            timed.Add((frame, Now));
            theirs.Add(_kernel.Forward(frame));
        }

        KernelOutcomes = theirs;
        if (IsCensus)
        {
            KernelTable = _kernel.Connections.Read();
            return [];
        }

        IReadOnlyList<Outcome> mine = _ours.Forward(timed);
        List<Disagreement> found = [];
        for (int i = 0; i < burst.Count; i++)
        {
            found.AddRange(Comparison.Packets(theirs[i], mine[i], _kernel.Topology, i));
        }

        found.AddRange(Tables(burst.Count - 1));
        return _differences.Unexplained(burst, found);
    }

    /// <summary>Lets real time pass; then the tables once more.</summary>
    public List<Disagreement> Wait(TimeSpan time)
    {
        Thread.Sleep(time);
        AwayFromInstants([]);
        return _differences.Unexplained([], [.. Tables(0)]);
    }

    List<Disagreement> Tables(int number)
    {
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan now = Now;
            List<Entry> kernel = Comparable(_kernel.Connections.Read());
            List<Entry> ours = Comparable(_ours.Connections(Now));
            List<Disagreement> found = [.. Comparison.Tables(kernel, ours, number)];

            // An entry that is just ending may be gone from the one and not yet from the other; the next reading tells.
            found.RemoveAll(d => d.Aspect is Aspect.OnlyInKernel or Aspect.OnlyInOurs && (d.KernelEntry ?? d.OurEntry)!.Timeout < s_margin.TotalSeconds);
            if (attempt == 3 || found.Count == 0 || Now - now < s_margin)
            {
                Remember(ours, now);
                KernelTable = kernel;
                return found;
            }
        }
    }

    /// <summary>Without the connections that a known difference keeps apart.</summary>
    List<Entry> Comparable(List<Entry> entries)
    {
        entries.RemoveAll(entry => _differences.IsApart(entry.Key));
        return entries;
    }

    /// <summary>When what is in the table will change by itself.</summary>
    void Remember(List<Entry> ours, TimeSpan now)
    {
        _instants.Clear();
        foreach (Entry entry in ours)
        {
            _instants.Add((entry.Key, now + TimeSpan.FromSeconds(entry.Timeout)));
            if (entry.Key.Protocol is IpProtocol.Udp or IpProtocol.UdpLite)
            {
                // A new life of the same tuple begins with one packet.
                if (!_firstSeen.TryGetValue(entry.Key, out TimeSpan first) || entry.OriginalCounters.Packets + entry.ReplyCounters.Packets <= 1)
                {
                    first = now;
                    _firstSeen[entry.Key] = first;
                }

                _instants.Add((entry.Key, first + s_streamAge));
            }
        }
    }

    /// <summary>Waits until nothing that these frames may concern is about to change; without frames, nothing at all.</summary>
    void AwayFromInstants(IReadOnlyList<TestFrame> burst)
    {
        for (bool near = true; near;)
        {
            near = false;
            TimeSpan now = Now;
            foreach ((EntryKey key, TimeSpan at) in _instants)
            {
                if (now > at - s_margin && now < at + s_margin && (burst.Count == 0 || burst.Any(frame => MayConcern(frame, key))))
                {
                    Thread.Sleep(at + s_margin - now + TimeSpan.FromMilliseconds(1));
                    near = true;
                    break;
                }
            }
        }
    }

    /// <summary>
    /// A packet concerns its own connection, an ICMP question or answer any of its hosts' ICMP; of what else there is (an error quotes what it
    /// likes, a fragment may complete something) it is not asked.
    /// </summary>
    static bool MayConcern(TestFrame frame, EntryKey key)
    {
        if (!FrameTuple.TryRead(frame.Bytes, out FrameTuple tuple))
        {
            return true;
        }

        return tuple.Key.Protocol is IpProtocol.Icmp or IpProtocol.Icmpv6
            ? key.Protocol == tuple.Key.Protocol || tuple.IsIcmpError
            : tuple.Key == key || tuple.Key.Reversed() == key || tuple.Key.Protocol == IpProtocol.Gre;
    }

    public void Dispose() => _ours.Dispose();
}
