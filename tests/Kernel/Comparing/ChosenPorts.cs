using System.Buffers.Binary;
using Conntrack.Packets;

namespace Conntrack.Kernel.Comparing;

/// <summary>
/// Where a client's port is taken, both choose another of its class at random, each its own: packets and entries are compared but for it.
/// </summary>
static class ChosenPorts
{
    /// <summary>Whether two packets, from the IP header on, differ in nothing but a source port of one class and the transport's checksum.</summary>
    public static bool AreAlike(byte[] theirs, byte[] mine) =>
        TryPort(theirs, out int at, out ushort port) && TryPort(mine, out int same, out ushort own)
        && at == same && ClassOf(port) == ClassOf(own) && Without(theirs, at).AsSpan().SequenceEqual(Without(mine, at));

    /// <summary>Whether both replies go to a port that is not the client's, of one class, and to the same address.</summary>
    public static bool AreAlike(Entry kernel, Entry ours)
    {
        ushort own = kernel.Key.Original.SourcePort;
        return kernel.Key.Protocol is IpProtocol.Tcp or IpProtocol.Udp
            && kernel.Reply with { DestinationPort = 0 } == ours.Reply with { DestinationPort = 0 }
            && kernel.Reply.DestinationPort != own && ours.Reply.DestinationPort != own && ClassOf(kernel.Reply.DestinationPort) == ClassOf(ours.Reply.DestinationPort);
    }

    /// <summary>The packet's source port, of TCP and UDP without options or extension headers.</summary>
    public static bool TryPort(ReadOnlySpan<byte> packet, out int at, out ushort port)
    {
        bool isIpv6 = packet.Length > 0 && packet[0] >> 4 == 6;
        at = isIpv6 ? 40 : 20;
        bool has = packet.Length >= at + 8 && packet[isIpv6 ? 6 : 9] is IpProtocol.Tcp or IpProtocol.Udp && (isIpv6 || packet[0] == 0x45);
        port = has ? BinaryPrimitives.ReadUInt16BigEndian(packet[at..]) : (ushort)0;
        return has;
    }

    static byte[] Without(byte[] packet, int at)
    {
        byte[] rest = [.. packet];
        bool udp = packet[packet[0] >> 4 == 6 ? 6 : 9] == IpProtocol.Udp;
        rest.AsSpan(at, 2).Clear();
        rest.AsSpan(at + (udp ? 6 : 16), 2).Clear();
        return rest;
    }

    /// <summary>nf_nat's.</summary>
    static int ClassOf(ushort port) => port < 512 ? 0 : port < 1024 ? 1 : 2;
}

/// <summary>Linux gives a client the port it got elsewhere; ours gives it its own wherever that is free.</summary>
sealed class PortOfAnotherServer : Difference
{
    const int EthernetBytes = 14;

    public override string Title => "A client whose port was taken towards one server, to the next server";

    public override bool Explains(IReadOnlyList<TestFrame> burst, Disagreement disagreement) => Setup.Nat && disagreement switch
    {
        { Aspect: Aspect.Reply, KernelEntry: { } kernel, OurEntry: { } ours } =>
            ours.Reply.DestinationPort == ours.Key.Original.SourcePort && kernel.Reply.DestinationPort != ours.Reply.DestinationPort
            && kernel.Reply with { DestinationPort = 0 } == ours.Reply with { DestinationPort = 0 },
        { Aspect: Aspect.ForwardedBytes, KernelOutcome.Forwarded: [var theirs], OurOutcome.Forwarded: [var mine] } =>
            ChosenPorts.TryPort(burst[disagreement.Frame].Bytes.AsSpan(EthernetBytes), out _, out ushort own)
            && ChosenPorts.TryPort(mine.AsSpan(EthernetBytes), out _, out ushort kept) && kept == own
            && ChosenPorts.AreAlike(IpPacket.Of(theirs, hops: 1), IpPacket.Of(mine, hops: 0)),
        _ => false,
    };
}
