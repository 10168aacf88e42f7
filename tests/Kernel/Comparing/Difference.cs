using Conntrack.Packets;
using Conntrack.Tracking;

namespace Conntrack.Kernel.Comparing;

/// <summary>A row of docs/differences.md.</summary>
abstract class Difference
{
    /// <summary>The first column of the row.</summary>
    public abstract string Title { get; }

    /// <summary>Settings of the run.</summary>
    public Setup Setup { get; set; } = Setup.Default;

    /// <summary>Whether this disagreement is this difference and nothing else.</summary>
    public abstract bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement);

    /// <summary>One of each; a rule may remember what it saw within a run.</summary>
    public static IReadOnlyList<Difference> All() => [new MidstreamSynAck(), new UdpStreamFromFirstAnswer()];
}

/// <summary>Linux calls it invalid; ours opens an established connection, which from then on only we have.</summary>
sealed class MidstreamSynAck : Difference
{
    readonly HashSet<EntryKey> _opened = [];
    readonly HashSet<string> _labels = [];

    public override string Title => "A SYN,ACK that no SYN went before, loose tracking";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (disagreement is { Aspect: Aspect.ConnectionState, KernelOutcome.State: ConnectionStateOfPacket.Invalid, OurOutcome.State: ConnectionStateOfPacket.New }
            && Setup.Loose && (TcpFlagsOf(burst[disagreement.Frame].Bytes) & 0x17) == 0x12)
        {
            _labels.Add(burst[disagreement.Frame].Label);
            return true;
        }

        return disagreement.Aspect == Aspect.OnlyInOurs && disagreement.OurEntry is
        {
            Key.Protocol: IpProtocol.Tcp,
            State: (byte)TcpState.Established,
            SeenReply: false,
            OriginalCounters.Packets: 1,
        } entry && (_labels.Count != 0 || _opened.Contains(entry.Key)) && (_opened.Add(entry.Key) || true);
    }

    /// <summary>0 when it is no TCP.</summary>
    static byte TcpFlagsOf(ReadOnlySpan<byte> frame) => frame switch
    {
        { Length: > 54 } when frame[12] == 0x08 && frame[23] == IpProtocol.Tcp => frame[14 + ((frame[14] & 15) * 4) + 13],
        { Length: > 67 } when frame[12] == 0x86 && frame[20] == IpProtocol.Tcp => frame[67],
        _ => 0,
    };
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
