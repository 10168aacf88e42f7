using Conntrack.Testing;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>
/// Two ends of a conversation and the frames they send each other. The first end is the one that opens; <see cref="Turned"/> is the
/// same conversation seen from the other.
/// </summary>
sealed record Endpoints(string Src, string Dst, int SrcPort = 40000, int DstPort = 80)
{
    public const int Fin = 1, Syn = 2, Rst = 4, Ack = 16;

    /// <summary>IPv4 hosts on either side of the wire, told apart by their last number.</summary>
    public static Endpoints V4(int src, int dst, int srcPort = 40000, int dstPort = 80) =>
        new($"192.0.2.{src}", $"198.51.100.{dst}", srcPort, dstPort);

    /// <summary>As <see cref="V4"/>.</summary>
    public static Endpoints V6(int src, int dst, int srcPort = 40000, int dstPort = 80) =>
        new($"2001:db8::{src:x}", $"2001:db8:ffff::{dst:x}", srcPort, dstPort);

    public Endpoints Turned => new(Dst, Src, DstPort, SrcPort);

    public bool IsIpv6 => Src.Contains(':', StringComparison.Ordinal);

    public Frame Tcp(int flags, int data = 0, uint sequence = 1, uint acknowledgment = 1) =>
        Ip(new Frame()).Tcp(SrcPort, DstPort, flags, sequence, acknowledgment).Data(data);

    public Frame Udp(int data = 10) => Ip(new Frame()).Udp(SrcPort, DstPort).Data(data);

    /// <summary>An echo request, the source port its identifier.</summary>
    public Frame EchoRequest() => IsIpv6 ? Ip(new Frame()).Icmpv6(128, 0, SrcPort, 1) : Ip(new Frame()).Icmp(8, 0, SrcPort, 1);

    /// <summary>The answer to a request of the other end.</summary>
    public Frame EchoReply() => IsIpv6 ? Ip(new Frame()).Icmpv6(129, 0, DstPort, 1) : Ip(new Frame()).Icmp(0, 0, DstPort, 1);

    /// <summary>Puts the IP header into a frame that has its tags.</summary>
    public Frame Ip(Frame frame) => IsIpv6 ? frame.Ipv6(Src, Dst) : frame.Ipv4(Src, Dst);
}
