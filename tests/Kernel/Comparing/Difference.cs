using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>A row of docs/differences.md.</summary>
abstract class Difference
{
    /// <summary>The first column of the row.</summary>
    public abstract string Title { get; }

    /// <summary>Settings of the run.</summary>
    public Setup Setup { get; set; } = Setup.Default;

    /// <summary>Connections that cannot be compared any more because of it.</summary>
    public virtual IReadOnlyCollection<EntryKey> Incomparable => [];

    /// <summary>Whether this disagreement is this difference and nothing else.</summary>
    public abstract bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement);

    /// <summary>One of each; a rule may remember what it saw within a run.</summary>
    public static IReadOnlyList<Difference> All() => [
        new MidstreamSynAck(), new UdpStreamFromFirstAnswer(), new FragmentsAsTheyCame(), new UnevenIpv6Fragment(), new AtomicFragment(),
    ];
}

/// <summary>
/// Linux calls it invalid; ours opens an established connection. Linux does not know that connection, so that nothing about it can be
/// compared until it ends; what the kernel opens with its later packets belongs to it.
/// </summary>
sealed class MidstreamSynAck : Difference
{
    readonly HashSet<EntryKey> _ours = [];

    public override string Title => "A SYN,ACK that no SYN went before, loose tracking";

    public override IReadOnlyCollection<EntryKey> Incomparable => _ours;

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (!Setup.Loose)
        {
            return false;
        }

        byte flags = 0;
        EntryKey? key = disagreement.Frame < burst.Count ? TcpSegments.Of(burst[disagreement.Frame].Bytes, out flags) : null;
        bool opens = disagreement is
        {
            Aspect: Aspect.ConnectionState,
            KernelOutcome.State: ConnectionStateOfPacket.Invalid,
            OurOutcome.State: ConnectionStateOfPacket.New,
        } && (flags & 0x17) == 0x12;
        if (opens)
        {
            _ours.Add(key!.Value);
            return true;
        }

        EntryKey? concerned = (disagreement.KernelEntry ?? disagreement.OurEntry)?.Key ?? key;
        return concerned is EntryKey known && (_ours.Contains(known) || _ours.Contains(known.Reversed()));
    }
}

/// <summary>Linux waits two seconds and a packet before it grants the stream timeout; ours grants it with the first answer.</summary>
sealed class UdpStreamFromFirstAnswer : Difference
{
    public override string Title => "udp-stream-timeout";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        disagreement is
        {
            Aspect: Aspect.Timeout,
            KernelEntry: { Key.Protocol: IpProtocol.Udp or IpProtocol.UdpLite, SeenReply: true, Assured: false } kernel,
            OurEntry: { SeenReply: true } ours,
        }
        && kernel.Timeout <= Setup.Udp && ours.Timeout <= Setup.UdpStream
        && Math.Abs((Setup.UdpStream - ours.Timeout) - (Setup.Udp - kernel.Timeout)) < 1.2;
}
