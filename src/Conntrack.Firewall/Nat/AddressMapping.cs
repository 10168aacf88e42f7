namespace Conntrack.Firewall.Nat;

/// <summary>
/// Which address of a rule's range a connection gets. It depends on nothing but the connection's own addresses: the same host is seen under the
/// same address also tomorrow, and whichever worker or router decides. Addresses in host order.
/// </summary>
public static class AddressMapping
{
    /// <summary>src-nat and dst-nat: spread over the range by both ends of the connection, as nf_nat does.</summary>
    public static UInt128 Spread(in NatRule rule, UInt128 source, UInt128 destination)
    {
        // Two rounds of multiplication; the upper half of the last product is the evenly spread one.
        const ulong Odd = 0x9e37_79b9_7f4a_7c15, OtherOdd = 0xd6e8_feb8_6659_fd93;
        ulong mixed = (Fold(source) * Odd) + Fold(destination);
        mixed = (mixed ^ (mixed >> 32)) * OtherOdd;
        mixed = (mixed ^ (mixed >> 32)) * Odd;
        return rule.FirstAddress + ((mixed * rule.AddressCount) >> 64);
    }

    /// <summary>
    /// same: every connection of a client, or with <see cref="NatRule.IsNotByDst"/> unset every one to the same server, gets the same address. The
    /// rule is the one ipt_SAME had: the sum of the addresses, modulo the size of the range.
    /// </summary>
    public static UInt128 Same(in NatRule rule, UInt128 source, UInt128 destination) =>
        rule.FirstAddress + ((source + (rule.IsNotByDst ? 0 : destination)) % rule.AddressCount);

    /// <summary>netmap: the network of the range with the host of the address.</summary>
    public static UInt128 Netmap(in NatRule rule, UInt128 address)
    {
        UInt128 host = rule.FirstAddress ^ rule.LastAddress;
        return rule.FirstAddress | (address & host);
    }

    /// <summary>The address that comes next to one of the range, going round.</summary>
    public static UInt128 After(in NatRule rule, UInt128 address) => address == rule.LastAddress ? rule.FirstAddress : address + 1;

    static ulong Fold(UInt128 address) => (ulong)address ^ (ulong)(address >> 64);
}
