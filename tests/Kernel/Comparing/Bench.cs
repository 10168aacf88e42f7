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

    /// <summary>
    /// Frames that took longer than this, from the last look at the instants, or a reading of both tables may have crossed one between the
    /// kernel's turn and ours: the scheduler came between.
    /// </summary>
    static readonly TimeSpan s_longestTurn = TimeSpan.FromMilliseconds(20);

    /// <summary>What such a turn made of a connection may show as late as this: UDP's first two seconds, and whole seconds of a timeout.</summary>
    static readonly TimeSpan s_memory = TimeSpan.FromSeconds(10);

    /// <summary>UDP becomes a stream this long after its first packet.</summary>
    static readonly TimeSpan s_streamAge = TimeSpan.FromSeconds(2);

    readonly KernelRouter _kernel;
    readonly Setup _setup;
    readonly OurRouter _ours;
    readonly DifferenceLedger _differences;
    readonly Stopwatch _clock = Stopwatch.StartNew();
    readonly Dictionary<EntryKey, TimeSpan> _firstSeen = [];
    readonly List<(EntryKey Key, TimeSpan At)> _instants = [];
    TimeSpan? _stoodStill;
    TimeSpan _sent;

    public Bench(KernelRouter kernel, Setup setup, int burst, DifferenceLedger differences)
    {
        _kernel = kernel;
        if (!_kernel.TryPrepare(setup))
        {
            throw new KernelUnavailableException($"no helpers: {_kernel.HelperObstacle}");
        }

        _setup = setup;
        _ours = new OurRouter(setup, burst);
        _differences = differences.Begin(setup);
    }

    /// <summary>Asks the kernel alone: what a generator's traffic reaches.</summary>
    public bool IsCensus { get; init; }

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>The machine stood still around a recent frame, so what the two differ in may be their clocks: it is to be tried again.</summary>
    public bool IsDoubtful => _stoodStill is TimeSpan at && Now - at < s_memory;

    /// <summary>The kernel's table after the latest burst.</summary>
    public IReadOnlyList<Entry> KernelTable { get; private set; } = [];

    /// <summary>Connections that a known difference has made incomparable.</summary>
    public IEnumerable<EntryKey> Incomparable => _differences.Incomparable;

    /// <summary>What the kernel made of each frame of the latest burst.</summary>
    public IReadOnlyList<Outcome> KernelOutcomes { get; private set; } = [];

    /// <summary>Frames through both, the kernel one by one and ours in one burst, then both tables. Returns what no known difference explains.</summary>
    public List<Disagreement> Send(params IReadOnlyList<TestFrame> burst)
    {
        TimeSpan begin = AwayFromInstants(burst);
        List<Outcome> theirs = [];
        List<(TestFrame Frame, TimeSpan At)> timed = [];
        foreach (TestFrame frame in burst)
        {
            timed.Add((frame, Now));
            theirs.Add(_kernel.Forward(frame));
        }

        NoteStandstill(begin);

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
            found.AddRange(Comparison.Packets(theirs[i], mine[i], _kernel.Topology, _setup, burst[i], i));
        }

        _sent = timed[0].At;
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
            TimeSpan read = Now;
            List<Entry> ours = Comparable(_ours.Connections(read));
            List<Disagreement> found = [.. Comparison.Tables(kernel, ours, number)];

            // An entry that is just ending may be gone from the one and not yet from the other; the next reading tells.
            found.RemoveAll(d => d.Aspect is Aspect.OnlyInKernel or Aspect.OnlyInOurs && (d.KernelEntry ?? d.OurEntry)!.Timeout < s_margin.TotalSeconds);
            if (attempt == 3 || found.Count == 0 || Now - now < s_margin)
            {
                NoteStandstill(now);
                Remember(ours, read);
                KernelTable = kernel;
                return found;
            }
        }
    }

    void NoteStandstill(TimeSpan begin)
    {
        if (Now - begin > s_longestTurn)
        {
            _stoodStill = Now;
        }
    }

    /// <summary>Without the connections that a known difference keeps apart.</summary>
    List<Entry> Comparable(List<Entry> entries)
    {
        entries.RemoveAll(entry => _differences.IsApart(entry.Key));
        return entries;
    }

    /// <summary>When what is in the table, read at this time, will change by itself.</summary>
    void Remember(List<Entry> ours, TimeSpan read)
    {
        _instants.Clear();
        foreach (Entry entry in ours)
        {
            _instants.Add((entry.Key, read + TimeSpan.FromSeconds(entry.Timeout)));
            if (entry.Key.Protocol is IpProtocol.Udp or IpProtocol.UdpLite)
            {
                // A new life of the same tuple begins with one packet: that of the latest burst.
                if (!_firstSeen.TryGetValue(entry.Key, out TimeSpan first) || entry.OriginalCounters.Packets + entry.ReplyCounters.Packets <= 1)
                {
                    first = _sent;
                    _firstSeen[entry.Key] = first;
                }

                _instants.Add((entry.Key, first + s_streamAge));
            }
        }
    }

    /// <summary>Waits until nothing that these frames may concern is about to change; without frames, nothing at all. Returns when that was seen.</summary>
    TimeSpan AwayFromInstants(IReadOnlyList<TestFrame> burst)
    {
        TimeSpan now = Now;
        for (bool near = true; near;)
        {
            near = false;
            now = Now;
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

        return now;
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
