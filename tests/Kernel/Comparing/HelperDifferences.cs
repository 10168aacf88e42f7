using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>Ours reads what nf_conntrack_ftp does not; the data connection that follows is related to one and new to the other.</summary>
/// <param name="title">The row.</param>
/// <param name="port">Where a scenario of the row expects it.</param>
class ReadFurther(string title, int port) : ConnectionApart
{
    protected const int Ftp = 21;

    public override string Title => title;

    protected override bool Begins(FrameTuple frame, ConnectionStateOfPacket kernel, ConnectionStateOfPacket ours) =>
        Setup.Helpers && frame.Key.Protocol == IpProtocol.Tcp && frame.Key.Original.DestinationPort == port
        && kernel == ConnectionStateOfPacket.New && ours == ConnectionStateOfPacket.Related;
}

/// <summary>Linux drops the beginning of a command, so that it comes again whole; ours keeps it back.</summary>
sealed class SplitCommand() : ReadFurther("FTP commands and answers split over segments, several in one segment", 5011)
{
    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) =>
        base.Explains(burst, disagreement)
        || (Setup.Helpers && disagreement.Aspect is Aspect.Verdict or Aspect.ForwardedBytes
            && FrameTuple.TryRead(burst[disagreement.Frame].Bytes, out FrameTuple frame) && frame.Key.Original.DestinationPort == Ftp
            && disagreement is { Aspect: Aspect.ForwardedBytes } or { KernelOutcome.Forwarded.Count: 0 });
}

/// <summary>Linux gives whoever comes to an IRC client the address of the IRC server (nf_nat_follow_master); ours leaves it its own.</summary>
sealed class IrcPeer : Difference
{
    const int Offered = 5001;

    public override string Title => "Who comes to an IRC client behind a translation";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) => Setup is { Helpers: true, Nat: true } && disagreement switch
    {
        { Aspect: Aspect.Reply, KernelEntry: { } kernel, OurEntry: { } ours } =>
            ours.Key.Original.DestinationPort == Offered && ours.Reply.Destination == ours.Key.Original.Source
            && kernel.Reply.Destination != ours.Reply.Destination,
        { Aspect: Aspect.ForwardedBytes } =>
            FrameTuple.TryRead(burst[disagreement.Frame].Bytes, out FrameTuple frame) && frame.Key.Original.DestinationPort == Offered,
        _ => false,
    };
}
