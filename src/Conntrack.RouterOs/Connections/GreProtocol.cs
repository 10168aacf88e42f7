using System.Globalization;

namespace Conntrack.RouterOs.Connections;

/// <summary>The payload of a GRE packet: an EtherType, by RouterOS's mac-protocol name where it has one, else in hexadecimal.</summary>
public static class GreProtocol
{
    public static string Word(ushort etherType) => etherType switch
    {
        0x0800 => "ip",
        0x0806 => "arp",
        0x8100 => "vlan",
        0x86DD => "ipv6",
        0x8847 => "mpls-unicast",
        0x8848 => "mpls-multicast",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{etherType:x4}"),
    };
}
