using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Firewall.Nat;

/// <summary>
/// endpoint-independent-nat: a client endpoint has one endpoint outside towards everybody for as long as any of its connections lives, and whoever
/// sends there reaches the client where a rule of the dstnat chain lets him (RFC 4787). UDP of IPv4.
/// </summary>
/// <remarks>
/// A connection is still a reply of its own (docs/decisions/0006): a mapping only says which one the next connection of the endpoint has to have. Where
/// that one is another connection's, the packet cannot leave, for with any other port it were no mapping.
/// </remarks>
static unsafe class MappedBinding
{
    /// <summary>Looked for anew when another worker made or ended the mapping meanwhile.</summary>
    const int MostTakes = 4;

    /// <summary>To the client whose mapping was asked, which lives with this connection too.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static NatOutcome Destination<TRecord>(ConnectionTable<TRecord> table, uint record)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* it = table.At(record);
        Connection* connection = TRecord.ConnectionOf(it);
        if (connection->Protocol != IpProtocol.Udp)
        {
            return NatOutcome.Unchanged;
        }

        ushort asked = TRecord.PortsOf(it, 0)->DstPort;
        uint mapping = MappingTable.TakeByOutside(table.Mappings, (uint)TRecord.DstOf(it, 0), asked, out uint inside, out ushort port);
        if (mapping == 0)
        {
            return NatOutcome.Unchanged;
        }

        Keep(connection, MappedEnds.Destination, mapping);
        TRecord.AnswerFrom(it, inside);
        TRecord.PortsOf(it, 1)->SrcPort = port;
        connection->Flags |= ConnectionFlags.DstNat;
        return NatOutcome.Translated;
    }

    /// <summary>With its endpoint's mapping, which is made where there is none; and the reply that follows from it, which it claims.</summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="record">Its record, neither claimed nor confirmed.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="ownAddress">The router's address where the rule names none; 0 when it has none.</param>
    /// <param name="time">Of the packet.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static NatOutcome Source<TRecord>(ConnectionTable<TRecord> table, uint record, NatRule* rule, UInt128 ownAddress, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* it = table.At(record);
        Connection* connection = TRecord.ConnectionOf(it);
        if (connection->Protocol != IpProtocol.Udp)
        {
            return NatBinding.Source(table, record, null, 0, default, time);
        }

        table.SweepThoroughly(time);

        // One address for all connections of a client, wherever they go (RFC 4787, paired pooling).
        UInt128 address = rule->HasAddresses ? AddressMapping.Spread(*rule, TRecord.SrcOf(it, 0), 0) : ownAddress;
        if (address == 0)
        {
            return NatOutcome.NoAddress;
        }

        connection->Flags |= rule->HasAddresses ? ConnectionFlags.None : ConnectionFlags.Masqueraded;
        TRecord.AnswerTo(it, address);
        NatOutcome outcome = Map(table, record, rule, time);
        if (outcome != NatOutcome.Translated)
        {
            return outcome;
        }

        // The mapping is the connection's from here on, and ends with it where it is the only one.
        if (table.IsReplyTaken(record, time))
        {
            return NatOutcome.Exhausted;
        }

        if (!table.Claim(record))
        {
            return NatOutcome.Refused;
        }

        if (!NatBinding.IsSourceChanged(it, IpProtocol.Udp))
        {
            return NatOutcome.Unchanged;
        }

        connection->Flags |= ConnectionFlags.SrcNat;
        return NatOutcome.Translated;
    }

    /// <summary>Takes the endpoint's mapping, or makes it.</summary>
    static NatOutcome Map<TRecord>(ConnectionTable<TRecord> table, uint record, NatRule* rule, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* it = table.At(record);
        ushort own = TRecord.PortsOf(it, 0)->SrcPort;
        ushort* field = &TRecord.PortsOf(it, 1)->DstPort;
        var client = (uint)TRecord.SrcOf(it, 0);
        for (int takes = 0; takes < MostTakes; takes++)
        {
            uint mapping = MappingTable.TakeByInside(table.Mappings, client, own, (uint)TRecord.DstOf(it, 1), out ushort port);
            if (mapping != 0)
            {
                *field = port;
                Keep(TRecord.ConnectionOf(it), MappedEnds.Source, mapping);
                return NatOutcome.Translated;
            }

            MappingChoice choice = new() { Client = client, Port = own };
            bool found = TryMake(table, record, rule, time, field, ref choice);
            if (choice.Mapping != 0)
            {
                Keep(TRecord.ConnectionOf(it), MappedEnds.Source, choice.Mapping);
                return NatOutcome.Translated;
            }

            if (!found | choice.Outcome == MapOutcome.Full)
            {
                *field = own;
                return NatOutcome.Exhausted;
            }
        }

        return NatOutcome.Refused;
    }

    /// <summary>
    /// The client's own port if it may have that, else another one of its class, or of the rule's range, and of its parity (RFC 4787 4.2.2: what comes
    /// in pairs stays in pairs).
    /// </summary>
    static bool TryMake<TRecord>(
        ConnectionTable<TRecord> table, uint record, NatRule* rule, ulong time, ushort* field, ref MappingChoice choice)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        *field = choice.Port;
        uint own = BinaryPrimitives.ReverseEndianness(choice.Port);
        (uint first, uint last) = rule->HasPorts ? (rule->FirstPort, rule->LastPort) : PortSearch.ClassOf(own);
        if (own >= first && own <= last && !rule->RandomisesPorts && choice.Takes(table, record, time))
        {
            return true;
        }

        return PortSearch.Search(
                table, record, field, first, last, new PortPartition((int)own & 1, 2), rule->RandomisesPorts, time, PortSearch.MostTries, ref choice)
            || PortSearch.Search(
                table, record, field, first, last, new PortPartition((int)~own & 1, 2), rule->RandomisesPorts, time, PortSearch.MostTries, ref choice);
    }

    static void Keep(Connection* connection, MappedEnds end, uint mapping)
    {
        UdpFlow* flow = UdpFlow.Of(connection);
        flow->Mapped |= end;
        flow->Mappings[end == MappedEnds.Source ? 0 : 1] = mapping;
    }

    /// <summary>A port that is nobody's mapping becomes the client's. The search also ends where looking further has no sense.</summary>
    struct MappingChoice : IPortChoice
    {
        public uint Client;
        public ushort Port;
        public MapOutcome Outcome;
        public uint Mapping;

        public bool Takes<TRecord>(ConnectionTable<TRecord> table, uint record, ulong time)
            where TRecord : unmanaged, IConnectionRecord<TRecord>
        {
            Outcome = MapOutcome.PortTaken;
            if (table.IsReplyTaken(record, time))
            {
                return false;
            }

            TRecord* it = table.At(record);
            Outcome = MappingTable.Make(
                table.Mappings, Client, Port, (uint)TRecord.DstOf(it, 1), TRecord.PortsOf(it, 1)->DstPort, out Mapping);
            return Outcome != MapOutcome.PortTaken;
        }
    }
}
