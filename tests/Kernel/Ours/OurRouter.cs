using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;
using Conntrack.Kernel.Comparing;
using Conntrack.Packets;
using Conntrack.Tracking;
using Outcome = Conntrack.Kernel.Comparing.Outcome;

namespace Conntrack.Kernel.Ours;

/// <summary>The dataplane as ctrack runs it, NativeAOT, as a wire between two interfaces.</summary>
sealed class OurRouter : IDisposable
{
    static int s_sessions;

    readonly FrameSession _session;
    readonly int _workers;

    public OurRouter(Setup setup, int burst)
    {
        _workers = setup.Workers;
        _session = new FrameSession(
            new DataplaneOptions
            {
                Workers = _workers,
                BurstSize = burst,
                Tracking = setup.ToParameters(),
                Interfaces =
                [
                    new InterfaceOptions(PortKind.Capture, 0, PortRole.Wire, 1), new InterfaceOptions(PortKind.Capture, 0, PortRole.Wire, 0),
                ],
            },
            $"kernel{Interlocked.Increment(ref s_sessions)}");
        _session.PublishRules(setup.Nat ? [.. Rules(), .. OurTranslations.Rules()] : Rules());
    }

    /// <summary>A burst of frames with their times; what became of each.</summary>
    public IReadOnlyList<Outcome> Forward(IReadOnlyList<(TestFrame Frame, TimeSpan Time)> burst)
    {
        _session.WorkerOf = i => ReceiveSideScaling.WorkerOf(burst[i].Frame.Bytes, _workers);
        InputFrame[] frames = [.. burst.Select(item => new InputFrame(item.Time, item.Frame.Side, item.Frame.Bytes))];
        TraceItem[] items = [.. _session.Run(frames)];
        uint first = items[0].FrameNumber - 1;
        return
        [
            .. items.Select((item, i) => new Outcome(
                item.State,
                [
                    .. _session.Sent.Where(sent => sent.Number == first + i && sent.Interface != burst[i].Frame.Side).Select(sent => sent.Bytes.ToArray()),
                ],
                item.Reason == DropReason.None ? "" : DropReasons.Name(item.Reason))),
        ];
    }

    public List<Entry> Connections(TimeSpan now) => [.. _session.Connections(now).Select(ToEntry)];

    static Entry ToEntry(ConnectionSnapshot connection) => new()
    {
        Key = new EntryKey(connection.IsIpv6, connection.Protocol, ToTuple(connection.Original, connection.Protocol)),
        Reply = ToTuple(connection.Reply, connection.Protocol),
        SeenReply = connection.Flags.HasFlag(ConnectionFlags.SeenReply),
        Assured = connection.Flags.HasFlag(ConnectionFlags.Assured),
        Confirmed = connection.Flags.HasFlag(ConnectionFlags.Confirmed),
        Dying = connection.Flags.HasFlag(ConnectionFlags.Dying),
        State = connection.Protocol is IpProtocol.Tcp or IpProtocol.Sctp ? connection.State : null,
        Timeout = connection.Timeout.TotalSeconds,
        OriginalCounters = new EntryCounters(connection.OriginalCounters.Packets, connection.OriginalCounters.Bytes),
        ReplyCounters = new EntryCounters(connection.ReplyCounters.Packets, connection.ReplyCounters.Bytes),
    };

    /// <summary>Of GRE only where it goes: see <see cref="Linux.ConnectionDump"/>.</summary>
    static EntryTuple ToTuple(TupleSnapshot tuple, byte protocol) =>
        new(tuple.Src, tuple.Dst, protocol == IpProtocol.Gre ? (ushort)0 : tuple.SrcPort, tuple.DstPort);

    /// <summary>To port 9 dropped on the way, to port 10 not tracked, to port 11 dropped before tracking; as in the kernel's nftables.</summary>
    static List<RuleSpec> Rules()
    {
        List<RuleSpec> rules = [];
        uint slot = 0;
        foreach ((RuleChain chain, RuleTarget target, ushort port) in (ReadOnlySpan<(RuleChain, RuleTarget, ushort)>)
        [
            (RuleChain.RawPrerouting4, RuleTarget.NoTrack, 10), (RuleChain.RawPrerouting4, RuleTarget.Drop, 11),
            (RuleChain.RawPrerouting6, RuleTarget.NoTrack, 10), (RuleChain.RawPrerouting6, RuleTarget.Drop, 11),
            (RuleChain.FilterForward4, RuleTarget.Drop, 9), (RuleChain.FilterForward6, RuleTarget.Drop, 9),
        ])
        {
            foreach (byte protocol in (ReadOnlySpan<byte>)[IpProtocol.Tcp, IpProtocol.Udp])
            {
                rules.Add(new RuleSpec
                {
                    Chain = chain,
                    Target = target,
                    Number = slot,
                    CounterSlot = slot++,
                    Protocol = RuleMatch.Protocol(protocol),
                    DstPort = RuleMatch.Ports(port, port),
                });
            }
        }

        return rules;
    }

    public void Dispose() => _session.Dispose();
}
