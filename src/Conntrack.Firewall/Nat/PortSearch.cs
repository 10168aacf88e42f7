using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Nat;

/// <summary>
/// Finds a port, or an ICMP identifier, with which a connection's reply is no other connection's. As nf_nat does it, a port is used for
/// each destination once: 65,536 clients may talk to one server through one address and port, and as many to the next.
/// </summary>
/// <remarks>
/// The client's own port comes first. When that is taken another one of its class is sought (below 512, 600 to 1023, from 1024: some
/// services trust low ports), or of the range a rule gives; the search begins at a keyed place that is the same for all connections of the
/// client's endpoint, so that a taken port is usually replaced by the same one towards every server. At most <see cref="MostTries"/> are looked at, in
/// <see cref="Round"/>s from new places: where so many were taken in a row the ports are as good as gone, and the packet must not
/// hold up those behind it.
/// </remarks>
static unsafe class PortSearch
{
    /// <summary>Any port will do that makes the reply no other connection's.</summary>
    readonly struct ReplyChoice : IPortChoice
    {
        public bool Takes<TRecord>(ConnectionTable<TRecord> table, uint record, ulong time)
            where TRecord : unmanaged, IConnectionRecord<TRecord> => !table.IsReplyTaken(record, time);
    }

    /// <summary>Ports tried for one address: NF_NAT_MAX_ATTEMPTS.</summary>
    public const uint MostTries = 128;

    /// <summary>Ports tried in a row, when there are more of them than may be tried.</summary>
    const uint Round = 32;

    /// <summary>What a protocol has for a connection's ends to differ in.</summary>
    public enum Ends : byte
    {
        /// <summary>Nothing that a router may change: the addresses alone.</summary>
        None,

        /// <summary>A port each.</summary>
        Ports,

        /// <summary>A query's identifier, one for both.</summary>
        Identifier,
    }

    /// <summary>Of TCP, UDP and their like, of ICMP, and of all others.</summary>
    public static Ends EndsOf(byte protocol) => protocol switch
    {
        IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Sctp or IpProtocol.Dccp => Ends.Ports,
        IpProtocol.Icmp or IpProtocol.Icmpv6 => Ends.Identifier,
        _ => Ends.None,
    };

    /// <summary>
    /// Gives the reply a destination port that is free, as the rule wants it. False when none was found; the client's own stands there then.
    /// </summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="record">Not confirmed; the addresses of its reply are decided.</param>
    /// <param name="rule">The deciding rule, null for none: only a clash changes the port.</param>
    /// <param name="partition">The worker's ports.</param>
    /// <param name="time">Now.</param>
    /// <param name="tries">Ports to look at, besides the client's own.</param>
    public static bool TrySource<TRecord>(
        ConnectionTable<TRecord> table, uint record, NatRule* rule, PortPartition partition, ulong time, uint tries)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        Connection* connection = table.ConnectionAt(record);
        Ends ends = EndsOf(connection->Protocol);
        PortPair* reply = TRecord.PortsOf(table.At(record), 1);
        ushort* field = ends == Ends.Identifier ? &reply->SrcPort : &reply->DstPort;

        // What a helper expected has the port there already that its other end was told.
        bool isDecided = ends == Ends.None || (connection->Flags & ConnectionFlags.FollowsMaster) != 0;
        ushort own = isDecided ? *field : TRecord.PortsOf(table.At(record), 0)->SrcPort;
        *field = own;
        bool ruled = ends == Ends.Ports && rule != null && rule->HasPorts;
        bool random = ends != Ends.None && rule != null && rule->RandomisesPorts;
        uint number = BinaryPrimitives.ReverseEndianness(own);
        (uint first, uint last) = ruled ? (rule->FirstPort, rule->LastPort) : ends == Ends.Identifier ? (0, ushort.MaxValue) : ClassOf(number);
        bool fits = !ruled || (number >= first && number <= last);
        if (fits && !random && !table.IsReplyTaken(record, time))
        {
            return true;
        }

        ReplyChoice choice = default;
        if (ends != Ends.None && Search(table, record, field, first, last, partition, random, time, tries, ref choice))
        {
            return true;
        }

        *field = own;
        return false;
    }

    /// <summary>
    /// Gives the reply a source port of the rule's range: the one the client asked for if it is in the range, else the first that is free. Where
    /// none is, the first: the client's port will have to differ.
    /// </summary>
    public static void Destination<TRecord>(ConnectionTable<TRecord> table, uint record, NatRule* rule, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        ushort* field = &TRecord.PortsOf(table.At(record), 1)->SrcPort;
        uint first = rule->FirstPort, last = rule->LastPort;
        uint asked = BinaryPrimitives.ReverseEndianness(*field);
        bool fits = asked >= first && asked <= last;
        if (fits && !rule->RandomisesPorts && (first == last || !table.IsReplyTaken(record, time)))
        {
            return;
        }

        ReplyChoice choice = default;
        if (first != last && rule->RandomisesPorts && Search(table, record, field, first, last, default, random: true, time, MostTries, ref choice))
        {
            return;
        }

        uint end = Math.Min(last, first + MostTries - 1);
        for (uint port = first; port <= end && first != last; port++)
        {
            *field = Big(port);
            if (!table.IsReplyTaken(record, time))
            {
                return;
            }
        }

        *field = Big(first);
    }

    /// <summary>Looks for a port of a range that a choice takes; it stands in <paramref name="field"/> then.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Search<TRecord, TChoice>(
        ConnectionTable<TRecord> table, uint record, ushort* field, uint first, uint last, PortPartition partition, bool random, ulong time, uint tries,
        ref TChoice choice)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
        where TChoice : struct, IPortChoice
    {
        if (first == last)
        {
            // The rule leaves no choice, so it is no choice that workers could make in two ways.
            *field = Big(first);
            return choice.Takes(table, record, time);
        }

        uint count = partition.CountIn(first, last);
        for (uint round = 0; tries != 0 && count != 0; round++)
        {
            uint length = count <= tries ? count : Math.Min(Round, tries);
            uint start = table.SpreadOf(record, SaltOf<TRecord>(table, record, round, random)) % count;
            for (uint n = 0; n < length; n++)
            {
                *field = Big(partition.At(first, (start + n) % count));
                if (choice.Takes(table, record, time))
                {
                    return true;
                }
            }

            tries = length == count ? 0 : tries - length;
        }

        return false;
    }

    /// <summary>The client's port, for the same place again and again; the number of its packet, for one nobody knows without the key.</summary>
    static uint SaltOf<TRecord>(ConnectionTable<TRecord> table, uint record, uint round, bool random)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const uint Odd = 0x9e37_79b9;
        return random
            ? table.ConnectionAt(record)->Creation + (round * Odd)
            : TRecord.PortsOf(table.At(record), 0)->SrcPort | (round << 16);
    }

    /// <summary>nf_nat's classes, host order.</summary>
    public static (uint First, uint Last) ClassOf(uint port) => port < 512 ? (1, 511) : port < 1024 ? (600, 1023) : (1024u, ushort.MaxValue);

    static ushort Big(uint port) => BinaryPrimitives.ReverseEndianness((ushort)port);
}
