using System.Buffers.Binary;
using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>Linux calls it invalid; ours opens an established connection.</summary>
sealed class MidstreamSynAck : ConnectionApart
{
    const int Judged = 0x17, SynAck = 0x12;

    public override string Title => "A SYN,ACK that no SYN went before, loose tracking";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        Setup.Loose && (frame.TcpFlags & Judged) == SynAck
        && kernel == ConnectionStateOfPacket.Invalid && ours == ConnectionStateOfPacket.New;
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

/// <summary>Linux sums what IP carries; ours what UDP says it carries.</summary>
sealed class ShortUdp : ConnectionApart
{
    public override string Title => "UDP length below the IP payload";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.Key.Protocol == IpProtocol.Udp && frame.Transport.Length >= 8
        && BinaryPrimitives.ReadUInt16BigEndian(frame.Transport[4..]) is ushort length && length >= 8 && length < frame.Transport.Length
        && (kernel == ConnectionStateOfPacket.Invalid) != (ours == ConnectionStateOfPacket.Invalid);
}

/// <summary>Linux computes the checksum with UDP's protocol number.</summary>
sealed class UdpLiteChecksum : ConnectionApart
{
    public override string Title => "UDP-Lite with a right checksum (RFC 3828)";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.Key.Protocol == IpProtocol.UdpLite && kernel == ConnectionStateOfPacket.Invalid
        && ours is ConnectionStateOfPacket.New or ConnectionStateOfPacket.Established;
}

/// <summary>Linux tracks DCCP without looking into it; where and with what timeouts an entry stands has nothing in common.</summary>
sealed class DccpStates : Difference
{
    public override string Title => "DCCP";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        (disagreement.KernelEntry ?? disagreement.OurEntry) is Entry entry
            ? entry.Key.Protocol == IpProtocol.Dccp
            : disagreement.Aspect == Aspect.ConnectionState
                && FrameTuple.TryRead(burst[disagreement.Frame].Bytes, out FrameTuple frame) && frame.Key.Protocol == IpProtocol.Dccp;
}

/// <summary>Linux has timeouts of its own for GRE, which the harness leaves at their defaults.</summary>
sealed class GreTimeouts : Difference
{
    const double Unreplied = 30, Assured = 180, Inexact = 1.2;

    readonly HashSet<EntryKey> _ended = [];

    public override string Title => "GRE timeouts";

    public override IReadOnlySet<EntryKey> Incomparable => _ended;

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement)
    {
        if (disagreement is { Aspect: Aspect.Timeout, KernelEntry: { Key.Protocol: IpProtocol.Gre } kernel, OurEntry: Entry ours })
        {
            return Math.Abs((kernel.Assured ? Assured : Unreplied) - kernel.Timeout - (Setup.Generic - ours.Timeout)) < Inexact;
        }

        // On a busy machine a run lasts longer than Linux remembers them.
        if (disagreement is { Aspect: Aspect.OnlyInOurs, OurEntry: { Key.Protocol: IpProtocol.Gre } silent }
            && Setup.Generic - silent.Timeout > Unreplied - Inexact)
        {
            _ended.Add(silent.Key);
            return true;
        }

        return disagreement.KernelOutcome != null && disagreement.Frame < burst.Count
            && FrameTuple.TryRead(burst[disagreement.Frame].Bytes, out FrameTuple frame)
            && (IsEnded(frame) || (frame.TryReadQuoted(out FrameTuple quoted) && IsEnded(quoted)));
    }

    bool IsEnded(FrameTuple frame) => _ended.Contains(frame.Key) || _ended.Contains(frame.Key.Reversed());
}

/// <summary>In Linux one chunk with a rule of its own exempts its neighbours.</summary>
sealed class SctpSeveralChunks : ConnectionApart
{
    public override string Title => "SCTP: verification tag of a packet with several chunks";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.Key.Protocol == IpProtocol.Sctp && ours == ConnectionStateOfPacket.Invalid && kernel != ConnectionStateOfPacket.Invalid
        && frame.Transport.Length >= 16
        && 12 + BinaryPrimitives.ReadUInt16BigEndian(frame.Transport[14..]) + 4 <= frame.Transport.Length;
}

/// <summary>In Linux tag 0 equals one that is not known yet.</summary>
sealed class SctpTagZero : ConnectionApart
{
    const byte Init = 1;

    public override string Title => "SCTP: verification tag 0";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.Key.Protocol == IpProtocol.Sctp && ours == ConnectionStateOfPacket.Invalid && kernel != ConnectionStateOfPacket.Invalid
        && frame.Transport.Length >= 13 && frame.Transport[12] != Init && BinaryPrimitives.ReadUInt32BigEndian(frame.Transport[4..]) == 0;
}

/// <summary>Linux computes the checksum with the address the packet goes to next; ours does not verify it.</summary>
sealed class AddressesToVisit : ConnectionApart
{
    public override string Title => "IPv6 checksum where an address is yet to be visited, or a home address option hides the source";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.IsUnderWay && kernel == ConnectionStateOfPacket.Invalid && ours is ConnectionStateOfPacket.New or ConnectionStateOfPacket.Established;
}

/// <summary>Linux looks no further than it must; ours does not believe a packet that claims bytes it does not have.</summary>
sealed class ExtensionCutOff : ConnectionApart
{
    public override string Title => "IPv6 extension header that is cut off, before a protocol without ports";

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        frame.Key.IsIpv6 && frame.IsCutOff && ours == ConnectionStateOfPacket.Invalid && kernel == ConnectionStateOfPacket.New;
}

/// <summary>In Linux the counter of repetitions wraps at 256, and for two of them the longer timeout holds again.</summary>
sealed class SegmentAgainAndAgain : Difference
{
    const ulong Wrap = 256;

    public override string Title => "A segment that comes again 256 times";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        disagreement is { Aspect: Aspect.Timeout, KernelEntry: { Key.Protocol: IpProtocol.Tcp } kernel, OurEntry: Entry ours }
        && kernel.OriginalCounters.Packets + kernel.ReplyCounters.Packets > Wrap
        && ours.Timeout <= Setup.MaxRetrans && kernel.Timeout > Setup.MaxRetrans;
}
