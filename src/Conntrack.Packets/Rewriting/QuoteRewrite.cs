using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Conntrack.Packets.Headers;
using Conntrack.Packets.Parsing;

namespace Conntrack.Packets.Rewriting;

/// <summary>
/// The packet that an ICMP or ICMPv6 error quotes, translated (RFC 5508 4.2): whoever gets the error has to find the packet as it was sent.
/// Addresses, ports and the checksums that are quoted, and the error's own checksum over all of that.
/// </summary>
/// <remarks>
/// A quoted checksum is changed by as much as the quoted fields, right or wrong as it came: the quotation may end before what it was
/// computed over. SCTP's, a CRC of data that is not there, stays.
/// </remarks>
public static unsafe class QuoteRewrite
{
    /// <summary>Gives the packet that an IPv4 error quotes another source. Nothing happens when the quotation holds no header.</summary>
    /// <param name="error">Marked <see cref="PacketMarks.IcmpError"/>.</param>
    /// <param name="address">The new source, network order.</param>
    /// <param name="port">Its port, or a query's identifier; ignored where the protocol has none.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Source4(Packet* error, uint address, ushort port)
    {
        if (QuotedHeaders.TryFind(error, out QuotedHeaders quoted))
        {
            Rewrite(error, quoted, Address4(quoted, &((Ipv4Header*)quoted.Ip)->Source, address), source: true, port);
        }
    }

    /// <summary>As <see cref="Source4"/>, the destination.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Destination4(Packet* error, uint address, ushort port)
    {
        if (QuotedHeaders.TryFind(error, out QuotedHeaders quoted))
        {
            Rewrite(error, quoted, Address4(quoted, &((Ipv4Header*)quoted.Ip)->Destination, address), source: false, port);
        }
    }

    /// <summary>As <see cref="Source4"/>, of an ICMPv6 error.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Source6(Packet* error, Vector128<byte> address, ushort port)
    {
        if (QuotedHeaders.TryFind(error, out QuotedHeaders quoted))
        {
            Rewrite(error, quoted, Address6(&((Ipv6Header*)quoted.Ip)->Addresses.Src, address), source: true, port);
        }
    }

    /// <summary>As <see cref="Source6"/>, the destination.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Destination6(Packet* error, Vector128<byte> address, ushort port)
    {
        if (QuotedHeaders.TryFind(error, out QuotedHeaders quoted))
        {
            Rewrite(error, quoted, Address6(&((Ipv6Header*)quoted.Ip)->Addresses.Dst, address), source: false, port);
        }
    }

    /// <summary>What the change of an address does to the pseudo header, and what it and the quoted IP header's checksum do to the error's.</summary>
    readonly struct AddressChange(ushort pseudoHeader, ulong quotation)
    {
        public readonly ushort PseudoHeader = pseudoHeader;
        public readonly ulong Quotation = quotation;
    }

    static AddressChange Address4(in QuotedHeaders quoted, uint* field, uint address)
    {
        ushort delta = ChecksumUpdate.Delta32(*field, address);
        *field = address;
        ushort* checksum = &((Ipv4Header*)quoted.Ip)->Checksum;
        ushort before = *checksum;
        *checksum = ChecksumUpdate.Apply(before, delta);
        return new(delta, (ulong)delta + (ushort)~before + *checksum);
    }

    static AddressChange Address6(Vector128<byte>* field, Vector128<byte> address)
    {
        ushort delta = ChecksumUpdate.Delta128(*field, address);
        *field = address;
        return new(delta, delta);
    }

    static void Rewrite(Packet* error, in QuotedHeaders quoted, AddressChange address, bool source, ushort port)
    {
        ulong change = address.Quotation;
        PortPair before = PortsOf(quoted);
        PortPair after = before;
        switch (quoted.Protocol)
        {
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                after.SrcPort = port;
                break;
            case IpProtocol.Gre when source || before.Ports == 0:
                // A call id is the receiver's, and only PPTP has one.
                break;
            case var _ when source:
                after.SrcPort = port;
                break;
            default:
                after.DstPort = port;
                break;
        }

        change += TransportRewrite.Header(quoted.Transport, quoted.Available, quoted.Protocol, address.PseudoHeader, before, after);
        var icmp = (IcmpHeader*)error->Transport;
        icmp->Checksum = ChecksumUpdate.Apply(icmp->Checksum, Checksum.Fold(change));
    }

    /// <summary>The ports as they stand in the quotation, with an ICMP query's identifier for the first; zero where they are cut off.</summary>
    static PortPair PortsOf(in QuotedHeaders quoted)
    {
        PortPair ports = default;
        switch (quoted.Protocol)
        {
            case IpProtocol.Icmp or IpProtocol.Icmpv6 when quoted.Available >= IcmpHeader.ByteSize:
                ports.SrcPort = ((IcmpHeader*)quoted.Transport)->Identifier;
                break;
            case IpProtocol.Gre:
                ports.Ports = GreHeader.PortsOf(quoted.Transport, quoted.Available);
                break;
            default:
                ports.Ports = quoted.Available >= sizeof(uint) ? *(uint*)quoted.Transport : 0;
                break;
        }

        return ports;
    }
}
