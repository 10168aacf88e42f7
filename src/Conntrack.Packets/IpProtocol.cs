namespace Conntrack.Packets;

/// <summary>IP protocol numbers the dataplane tells apart (IANA "protocol-numbers").</summary>
public static class IpProtocol
{
    public const byte HopByHop = 0;
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte Routing = 43;
    public const byte Fragment = 44;
    public const byte Gre = 47;
    public const byte EncapsulatingSecurity = 50;
    public const byte Authentication = 51;
    public const byte Icmpv6 = 58;
    public const byte NoNextHeader = 59;
    public const byte DestinationOptions = 60;
    public const byte Sctp = 132;
    public const byte UdpLite = 136;

    /// <summary>Never that of a packet (IANA).</summary>
    public const byte Reserved = 255;
}
