using System.Buffers.Binary;
using System.Net;
using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Kernel.Ours;

/// <summary>
/// What is translated under <c>setup nat</c>, as the kernel's nftables have it: 10.0.0.0/16 leaves by ether2 as 203.0.113.1 (UDP from port 4007 with
/// port 7000 and no other), fd00::/16 as 2001:db8:77::1; to 203.0.113.1, TCP port 8080 and UDP port 8053 come to 10.0.0.7 (80, 53), to
/// 2001:db8:77::1 TCP port 8080 to fd00::7; 203.0.113.128/25 is 10.0.9.0/25.
/// </summary>
static class OurTranslations
{
    const ushort Outside = 1;
    const uint FirstSlot = 100;

    public static List<RuleSpec> Rules() =>
    [
        To(RuleChain.NatDstnat4, 0, "203.0.113.1", IpProtocol.Tcp, 8080, "10.0.0.7", 80),
        To(RuleChain.NatDstnat4, 1, "203.0.113.1", IpProtocol.Udp, 8053, "10.0.0.7", 53),
        To(RuleChain.NatDstnat6, 2, "2001:db8:77::1", IpProtocol.Tcp, 8080, "fd00::7", 80),
        new()
        {
            Chain = RuleChain.NatDstnat4,
            Target = RuleTarget.Netmap,
            Number = 3,
            CounterSlot = FirstSlot + 3,
            InInterface = RuleMatch.Interface(Outside),
            DstAddress = Range("203.0.113.128", "203.0.113.255"),
            Translation = new RuleTranslation { ToAddresses = new RuleRange(Number("10.0.9.0"), Number("10.0.9.127")) },
        },
        From(RuleChain.NatSrcnat4, 4, Range("10.0.0.0", "10.0.255.255"), "203.0.113.1") with
        {
            Protocol = RuleMatch.Protocol(IpProtocol.Udp),
            SrcPort = RuleMatch.Ports(4007, 4007),
            Translation = new RuleTranslation { ToAddresses = One("203.0.113.1"), ToPorts = (7000, 7000) },
        },
        From(RuleChain.NatSrcnat4, 5, Range("10.0.0.0", "10.0.255.255"), "203.0.113.1"),
        From(RuleChain.NatSrcnat6, 6, Range("fd00::", "fd00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "2001:db8:77::1"),
        new()
        {
            // What is translated to nobody stays outside: a router would send it back.
            Chain = RuleChain.FilterForward4,
            Target = RuleTarget.Drop,
            Number = FirstSlot,
            CounterSlot = FirstSlot + 7,
            DstAddress = Range("203.0.113.1", "203.0.113.1"),
        },
    ];

    static RuleSpec To(RuleChain chain, uint number, string asked, byte protocol, ushort port, string address, ushort toPort) => new()
    {
        Chain = chain,
        Target = RuleTarget.DstNat,
        Number = number,
        CounterSlot = FirstSlot + number,
        InInterface = RuleMatch.Interface(Outside),
        DstAddress = Range(asked, asked),
        Protocol = RuleMatch.Protocol(protocol),
        DstPort = RuleMatch.Ports(port, port),
        Translation = new RuleTranslation { ToAddresses = One(address), ToPorts = (toPort, toPort) },
    };

    static RuleSpec From(RuleChain chain, uint number, RuleMatch sources, string address) => new()
    {
        Chain = chain,
        Target = RuleTarget.SrcNat,
        Number = number,
        CounterSlot = FirstSlot + number,
        OutInterface = RuleMatch.Interface(Outside),
        SrcAddress = sources,
        Translation = new RuleTranslation { ToAddresses = One(address) },
    };

    static RuleMatch Range(string first, string last) => RuleMatch.Addresses(Number(first), Number(last));

    static RuleRange One(string address) => new(Number(address), Number(address));

    static UInt128 Number(string address)
    {
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        return bytes.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
