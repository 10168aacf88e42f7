using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>Packets between a client and a server: 192.0.2.1 and 198.51.100.2, or 2001:db8::1 and 2001:db8:1::2.</summary>
static class Packets
{
    public const string Client = "192.0.2.1", Server = "198.51.100.2", Client6 = "2001:db8::1", Server6 = "2001:db8:1::2";

    public const int Fin = 0x11, Syn = 0x02, SynAck = 0x12, Rst = 0x04, Ack = 0x10;

    /// <summary>Both sides' SYN has number 1; what follows is sent again and again unless it is given numbers.</summary>
    public static Frame Tcp(bool back, int flags, int port = 40000, int data = 0, uint sequence = 1, uint acknowledgment = 1) => back
        ? new Frame().Ipv4(Server, Client).Tcp(80, port, flags, sequence, acknowledgment).Data(data)
        : new Frame().Ipv4(Client, Server).Tcp(port, 80, flags, sequence, acknowledgment).Data(data);

    public static Frame Udp(bool back = false, int port = 40000, int data = 10) => back
        ? new Frame().Ipv4(Server, Client).Udp(53, port).Data(data)
        : new Frame().Ipv4(Client, Server).Udp(port, 53).Data(data);

    public static Frame Udp6(bool back = false, int port = 40000, int data = 10) => back
        ? new Frame().Ipv6(Server6, Client6).Udp(53, port).Data(data)
        : new Frame().Ipv6(Client6, Server6).Udp(port, 53).Data(data);

    public static Frame Ping(bool back = false, int identifier = 7, int data = 56) => back
        ? new Frame().Ipv4(Server, Client).Icmp(0, identifier: identifier, sequence: 1).Data(data)
        : new Frame().Ipv4(Client, Server).Icmp(8, identifier: identifier, sequence: 1).Data(data);

    public static Frame Ping6(bool back = false, int identifier = 7, int data = 56) => back
        ? new Frame().Ipv6(Server6, Client6).Icmpv6(129, identifier: identifier, sequence: 1).Data(data)
        : new Frame().Ipv6(Client6, Server6).Icmpv6(128, identifier: identifier, sequence: 1).Data(data);

    /// <summary>Its sender tells connections of this kind apart, for it has no ports.</summary>
    public static Frame Ospf(bool back = false, int sender = 1) => back
        ? new Frame().Ipv4(Server, $"192.0.2.{sender}").Protocol(89).Data(44)
        : new Frame().Ipv4($"192.0.2.{sender}", Server).Protocol(89).Data(44);

    /// <summary>A frame that no connection ever comes from.</summary>
    public static Frame Arp() => new Frame().Arp(Client, "192.0.2.254");

    /// <summary>Frames one millisecond apart, the last of them at this time.</summary>
    public static IEnumerable<(long Microseconds, Frame Frame)> EndingAt(long microseconds, params Frame[] frames) =>
        frames.Select((frame, index) => (microseconds - ((frames.Length - 1 - index) * 1000), frame));
}
