using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Nat;

/// <summary>
/// Decides a new connection's translation, once: rules are asked about its first packet, and what they say becomes the record's reply. Later
/// packets only read that (<see cref="Conntrack.Tracking.Translation.Translator"/>).
/// </summary>
/// <remarks>
/// <para>The order for a first packet: <see cref="Destination"/> with what the dstnat chain said (or output, for what the router itself sends);
/// the packet's destination is rewritten; route; filter; <see cref="Source"/> with what the srcnat chain said (or input, for what the router
/// receives); the packet's source is rewritten; Confirm. Both on one connection is what hairpin NAT takes, and nothing more.</para>
/// <para>While any chain of the nat table is in use, or the table <see cref="ConnectionTable{TRecord}.HoldsTranslated"/> connections from when one
/// was, <see cref="Source"/> is called for every new connection, with null where no rule matched: a reply that another connection has must not
/// be had twice, so also a connection that nobody wants translated gets another port then, as in nf_nat.</para>
/// <para>An outcome that ends the packet leaves the record to be removed by whoever called.</para>
/// </remarks>
public static unsafe class NatBinding
{
    /// <summary>Addresses of a range that are tried, one after the other, when the ports of the first are gone.</summary>
    const int MostAddresses = 4;

    /// <summary>Searches begun anew because another worker took meanwhile what was found.</summary>
    internal const int MostClaims = 4;

    /// <summary>Ports tried with each address after the first.</summary>
    const uint TriesFurther = 32;

    /// <summary>Where the connection really goes.</summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="record">Its record, neither claimed nor confirmed, as Track opened it.</param>
    /// <param name="rule">The rule that decided, null when none did or it accepts.</param>
    /// <param name="ownAddress">The router's address that redirect means: of the interface the packet came in on; 0 when it has none.</param>
    /// <param name="time">Of the packet.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static NatOutcome Destination<TRecord>(ConnectionTable<TRecord> table, uint record, NatRule* rule, UInt128 ownAddress, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (rule == null)
        {
            return NatOutcome.Unchanged;
        }

        if (rule->Target == RuleTarget.EndpointIndependentNat)
        {
            return MappedBinding.Destination(table, record);
        }

        TRecord* it = table.At(record);
        UInt128 asked = TRecord.DstOf(it, 0);
        if (rule->Target == RuleTarget.Redirect && ownAddress == 0)
        {
            return NatOutcome.NoAddress;
        }

        UInt128 address = rule->Target switch
        {
            RuleTarget.Redirect => ownAddress,
            RuleTarget.Netmap => AddressMapping.Netmap(*rule, asked),
            RuleTarget.Same => AddressMapping.Same(*rule, TRecord.SrcOf(it, 0), asked),
            _ when rule->HasAddresses => AddressMapping.Spread(*rule, TRecord.SrcOf(it, 0), asked),
            _ => asked,
        };
        TRecord.AnswerFrom(it, address);
        Connection* connection = TRecord.ConnectionOf(it);
        PortPair* reply = TRecord.PortsOf(it, 1);
        ushort port = reply->SrcPort;
        if (rule->HasPorts && PortSearch.EndsOf(connection->Protocol) == PortSearch.Ends.Ports)
        {
            PortSearch.Destination(table, record, rule, time);
        }

        if (address == asked && reply->SrcPort == port)
        {
            return NatOutcome.Unchanged;
        }

        connection->Flags |= ConnectionFlags.DstNat;
        return NatOutcome.Translated;
    }

    /// <summary>From where it comes, as its server sees it; and a reply of its own, which it claims.</summary>
    /// <param name="table">The connection's table.</param>
    /// <param name="record">Its record, neither claimed nor confirmed.</param>
    /// <param name="rule">The rule that decided, null when none did or it accepts.</param>
    /// <param name="ownAddress">The router's address that masquerade means: of the interface the packet leaves by; 0 when it has none.</param>
    /// <param name="partition">The worker's ports.</param>
    /// <param name="time">Of the packet.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static NatOutcome Source<TRecord>(
        ConnectionTable<TRecord> table, uint record, NatRule* rule, UInt128 ownAddress, PortPartition partition, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        TRecord* it = table.At(record);
        Connection* connection = TRecord.ConnectionOf(it);
        if (rule != null && rule->Target == RuleTarget.EndpointIndependentNat)
        {
            return MappedBinding.Source(table, record, rule, ownAddress, time);
        }

        if (rule != null)
        {
            if (rule->Target == RuleTarget.Masquerade)
            {
                if (ownAddress == 0)
                {
                    return NatOutcome.NoAddress;
                }

                connection->Flags |= ConnectionFlags.Masqueraded;
            }

            TRecord.AnswerTo(it, AddressOf(*rule, TRecord.SrcOf(it, 0), TRecord.SrcOf(it, 1), ownAddress));
        }

        for (int claims = table.IsShared ? MostClaims : 1; ; claims--)
        {
            if (claims == 0)
            {
                return NatOutcome.Refused;
            }

            if (!PortSearch.TrySource(table, record, rule, partition, time, PortSearch.MostTries)
                && !TryFurtherAddresses(table, record, rule, partition, time))
            {
                return NatOutcome.Exhausted;
            }

            if (table.Claim(record))
            {
                break;
            }
        }

        if (!IsSourceChanged(it, connection->Protocol))
        {
            return NatOutcome.Unchanged;
        }

        connection->Flags |= ConnectionFlags.SrcNat;
        return NatOutcome.Translated;
    }

    /// <summary>The address a rule gives to the source of a connection to <paramref name="destination"/>, where it really goes.</summary>
    static UInt128 AddressOf(in NatRule rule, UInt128 source, UInt128 destination, UInt128 ownAddress) => rule.Target switch
    {
        RuleTarget.Masquerade => ownAddress,
        RuleTarget.Netmap => AddressMapping.Netmap(rule, source),
        RuleTarget.Same => AddressMapping.Same(rule, source, destination),

        // A source that the rule allows is left alone.
        _ when !rule.HasAddresses || (source >= rule.FirstAddress && source <= rule.LastAddress) => source,
        _ => AddressMapping.Spread(rule, source, destination),
    };

    /// <summary>Only of src-nat: netmap and same promise a client its address.</summary>
    static bool TryFurtherAddresses<TRecord>(ConnectionTable<TRecord> table, uint record, NatRule* rule, PortPartition partition, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (rule == null || rule->Target != RuleTarget.SrcNat || !rule->HasAddresses)
        {
            return false;
        }

        int addresses = (int)UInt128.Min(MostAddresses, rule->AddressCount);
        UInt128 address = TRecord.DstOf(table.At(record), 1);
        for (int n = 1; n < addresses; n++)
        {
            address = AddressMapping.After(*rule, address);
            TRecord.AnswerTo(table.At(record), address);
            if (PortSearch.TrySource(table, record, rule, partition, time, TriesFurther))
            {
                return true;
            }
        }

        return false;
    }

    internal static bool IsSourceChanged<TRecord>(TRecord* record, byte protocol)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        PortPair* original = TRecord.PortsOf(record, 0);
        PortPair* reply = TRecord.PortsOf(record, 1);
        PortSearch.Ends ends = PortSearch.EndsOf(protocol);
        ushort port = ends == PortSearch.Ends.Identifier ? reply->SrcPort : reply->DstPort;
        return TRecord.SrcOf(record, 0) != TRecord.DstOf(record, 1) || (ends != PortSearch.Ends.None && original->SrcPort != port);
    }
}
