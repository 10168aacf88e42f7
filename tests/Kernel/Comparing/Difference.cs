using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>A row of docs/differences.md.</summary>
abstract class Difference
{
    const string Ends = "one side has the packet then and the other has not, so nothing after it can be compared";
    const string NoHardware = "veth has no hardware to hand a flow to";
    const string Matchers = "a matter of rules; what is compared here is tracking";

    static readonly HashSet<EntryKey> s_none = [];

    /// <summary>The first column of the row.</summary>
    public abstract string Title { get; }

    /// <summary>Settings of the run.</summary>
    public Setup Setup { get; set; } = Setup.Default;

    /// <summary>Connections that cannot be compared any more because of it.</summary>
    public virtual IReadOnlySet<EntryKey> Incomparable => s_none;

    /// <summary>Every frame of a burst, before its disagreements are asked about.</summary>
    public virtual void See(TestFrame frame)
    {
    }

    /// <summary>Whether this disagreement is this difference and nothing else.</summary>
    public abstract bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement);

    /// <summary>One of each; a rule may remember what it saw within a run.</summary>
    public static IReadOnlyList<Difference> All() =>
    [
        new MidstreamSynAck(), new UdpStreamFromFirstAnswer(), new ShortUdp(), new UdpLiteChecksum(), new DccpStates(), new GreTimeouts(),
        new SctpSeveralChunks(), new SctpTagZero(), new AddressesToVisit(), new ExtensionCutOff(), new SegmentAgainAndAgain(),
        new FragmentsAsTheyCame(), new UnevenIpv6Fragment(), new AtomicFragment(), new EmptyLastFragment(), new PortOfAnotherServer(),
        new SplitCommand(), new ReadFurther("An FTP command as the first data of a client", 5013),
        new ReadFurther("Expectations of one FTP connection", 5014), new IrcPeer(),
    ];

    /// <summary>Rows that this program cannot show, each with the reason; tests of ours alone hold them.</summary>
    public static IReadOnlyDictionary<string, string> Elsewhere { get; } = new Dictionary<string, string>
    {
        ["Fragments beyond the memory for them"] = "takes megabytes of fragments on both sides, and the order in which they go",
        ["src-nat to several addresses, and the ports of the one chosen are gone"] = "takes tens of thousands of connections, and Linux draws the address by a secret",
        ["No free port, or a second client of a protocol without ports"] = "both forward nothing; that ours says why is not the packet's to tell",
        ["SCTP checksum in the quotation of an ICMP error that is translated"] = "the harness quotes no SCTP",
        ["`change-mss` of a SYN without the option"] = Matchers,
        ["`psd`: ports that are remembered"] = Matchers,
        ["`content`, `tls-host`"] = Matchers,
        ["`src-address-type=blackhole`"] = Matchers,
        ["`dst-limit` with more flows than there is room for"] = Matchers,
        ["IPv6 addresses that FTP's helper writes"] = "the two streams have different lengths from there on",
        ["A SIP message that is malformed"] = Ends,
        ["Two SIP telephones that announce one port"] = Ends,
        ["SIP over TCP: Content-Length"] = Ends,
        ["A packet that would become longer than the interface takes"] = "the harness has no small interface",
        ["A full table"] = "which entry goes in Linux depends on a secret",
        ["Offloaded flows: time to live"] = NoHardware,
        ["Offloaded flows: rules"] = NoHardware,
        ["64 fragments of one sender between two of a datagram"] = "the kernel counts by sender over the whole life of its queue",
    };

    /// <summary>The rows of the document, by their first column.</summary>
    public static IReadOnlyList<string> Rows(string document) =>
    [
        .. File.ReadLines(document)
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim()),
    ];

    /// <summary>Rows without a rule and rules without a row.</summary>
    public static IEnumerable<string> Unmatched(string document)
    {
        string[] rules = [.. All().Select(rule => rule.Title), .. Elsewhere.Keys];
        string[] rows = [.. Rows(document)];
        return
        [
            .. rows.Except(rules).Select(row => $"docs/differences.md has the row '{row}', the harness has no rule of that name"),
            .. rules.Except(rows).Select(rule => $"the harness knows the difference '{rule}', docs/differences.md has no row of that name"),
        ];
    }
}

/// <summary>
/// A difference after which one of the two has a connection that the other has not: nothing about that connection can be compared until the
/// end of the run.
/// </summary>
abstract class ConnectionApart : Difference
{
    readonly HashSet<EntryKey> _apart = [];

    public override IReadOnlySet<EntryKey> Incomparable => _apart;

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        bool isFrame = FrameTuple.TryRead(disagreement.Frame < burst.Count ? burst[disagreement.Frame].Bytes : [], out FrameTuple frame);
        if (isFrame && disagreement is { Aspect: Aspect.ConnectionState, KernelOutcome: Outcome kernel, OurOutcome: Outcome ours }
            && Begins(frame, kernel.State, ours.State))
        {
            _apart.Add(frame.Key);
            return true;
        }

        return disagreement.KernelOutcome != null && isFrame && (IsApart(frame) || (frame.TryReadQuoted(out FrameTuple quoted) && IsApart(quoted)));
    }

    bool IsApart(FrameTuple frame) => _apart.Contains(frame.Key) || _apart.Contains(frame.Key.Reversed());

    /// <summary>Whether this packet, on which the two states differ, is what the row speaks of.</summary>
    protected abstract bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours);
}
