using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Routing;
using Conntrack.Firewall;
using Conntrack.Firewall.Nat;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// Where packets really go, before routes and the filter see them: the first packet of a connection asks the nat table's dstnat chain, of what
/// the router itself says its output chain; later ones, and errors about them, follow the connection. Answers to what was src-natted get their
/// destination back here. While nothing is translated the stage is skipped.
/// </summary>
static unsafe class DstNat
{
    public static void Burst(Worker worker, int first, int end)
    {
        if (!worker.Translates)
        {
            return;
        }

        Packet* last = worker.Packets + end;
        for (Packet* packet = worker.Packets + first; packet < last; packet++)
        {
            var connection = (Connection*)packet->Connection;
            if (connection == null || packet->Reason != DropReason.None || Translator.KeepsDestination(connection, packet))
            {
                continue;
            }

            if (packet->Family == PacketFamily.Ipv4)
            {
                Translate(worker, worker.Connections4, packet);
            }
            else
            {
                Translate(worker, worker.Connections6, packet);
            }
        }
    }

    /// <summary>
    /// Whether a packet opens its connection: one in the index has been decided about, and an error decides nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFirst(Packet* packet, Connection* connection) =>
        (connection->Flags & ConnectionFlags.Confirmed) == 0 & (packet->Marks & PacketMarks.IcmpError) == 0;

    /// <summary>
    /// A capture's checksums are not to be trusted when they are not to be verified: what is rewritten is computed anew, as if the sender had left
    /// it to its hardware.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DistrustChecksum(Worker worker, Packet* packet)
    {
        if (worker.Tracking->IgnoreChecksums != 0)
        {
            packet->Mbuf->OffloadFlags |= ReceiveOffload.TransportChecksumGood | ReceiveOffload.TransportChecksumBad;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Translate<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        var connection = (Connection*)packet->Connection;
        if (IsFirst(packet, connection))
        {
            packet->Reason = NatOutcomes.ReasonOf(Decide(worker, table, packet));
        }

        if (packet->Reason != DropReason.None || !Translator.IsTranslated(connection))
        {
            return;
        }

        if ((packet->Marks & PacketMarks.IcmpError) != 0 && !Translator.MayPass(connection, packet))
        {
            packet->Reason = DropReason.NatRedirect;
            return;
        }

        DistrustChecksum(worker, packet);
        Translator.Destination(table.At(packet->Record), packet);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static NatOutcome Decide<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if ((table.ConnectionAt(packet->Record)->Flags & ConnectionFlags.FollowsMaster) != 0)
        {
            return NatOutcome.Unchanged;
        }

        RuleImage* rules = worker.Rules;
        RouteImage* routes = worker.Routes;
        bool own = packet->InInterface == routes->HostInterface;
        RuleChain chain = own ? RuleChain.NatOutput4 : RuleChain.NatDstnat4;
        chain = packet->Family == PacketFamily.Ipv6 ? chain + 1 : chain;
        if ((rules->ChainsInUse >> (int)chain & 1) != 0)
        {
            AskMappings(worker, table, packet);
        }

        RuleVerdict verdict = RuleImage.Evaluate(rules, chain, packet, worker.RuleMemory, worker.TraceOf(packet));
        packet->Marks &= ~PacketMarks.Unmapped;
        NatRule* rule = RuleImage.TranslationOf(rules, verdict);
        UInt128 address = rule == null || rule->Target != RuleTarget.Redirect ? 0
            : own ? OwnAddresses.Loopback(packet->Family)
            : OwnAddresses.ToRedirect(routes, packet->InInterface, packet->Family);
        NatOutcome outcome = NatBinding.Destination(table, packet->Record, rule, address, packet->Time);
        if (outcome == NatOutcome.Translated && worker.Tracking->Helpers.Count != 0)
        {
            Assistance.Redirected(table.At(packet->Record), worker.Tracking);
        }

        return outcome;
    }

    /// <summary>Whether rules that lead to endpoint-independent mappings match: where none stands for the destination, the next rule may know more.</summary>
    static void AskMappings<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        bool mapped = false;
        if (packet->Protocol == IpProtocol.Udp & packet->Family == PacketFamily.Ipv4 && worker.Mappings->Count != 0)
        {
            table.SweepThoroughly(packet->Time);
            mapped = MappingTable.IsMapped(worker.Mappings, BinaryPrimitives.ReverseEndianness(packet->Tuple.Dst), packet->Ports.DstPort);
        }

        packet->Marks |= mapped ? PacketMarks.None : PacketMarks.Unmapped;
    }
}
