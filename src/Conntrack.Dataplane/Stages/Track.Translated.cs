using System.Numerics;
using System.Runtime.CompilerServices;
using Conntrack.Firewall;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Dataplane.Stages;

/// <content>
/// Which packets have to wait for the fate of an earlier one because connections are translated. What answers a connection opened in this burst
/// is decided when its first packet leaves, and which port it gets depends on which connections are alive then.
/// </content>
static unsafe partial class Track
{
    const uint DestinationChains =
        (1u << (int)RuleChain.NatDstnat4) | (1u << (int)RuleChain.NatDstnat6) | (1u << (int)RuleChain.NatOutput4) | (1u << (int)RuleChain.NatOutput6);

    /// <summary>
    /// A packet of no connection may answer one that was opened in this burst, or open one whose answers are packets of such a one. A translation
    /// of the source leaves the other end as it is, so the two share that; a translation of the destination leaves nothing.
    /// </summary>
    static bool MayMeet(Worker worker, Packet* packet, Pending* pending) =>
        (worker.Rules->ChainsInUse & DestinationChains) != 0
        || pending->Meets(Endpoint(packet, isSource: true), Endpoint(packet, isSource: false));

    static void AddEnds(Packet* packet, Pending* pending) =>
        pending->AddEnds(Endpoint(packet, isSource: true), Endpoint(packet, isSource: false));

    /// <summary>
    /// A packet that may end a connection, or find that one has ended: until then its reply was taken, also for those opened before in this burst.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool MayEnd<TRecord>(ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        // The lookup pass was before the burst's earlier packets: the connection may have entered the index since.
        uint candidate = packet->Candidate != 0 ? packet->Candidate : table.View->Index.FirstCandidate(packet->Hash, out _);
        if (candidate == 0)
        {
            return false;
        }

        bool ends = packet->Protocol switch
        {
            IpProtocol.Tcp => (packet->TcpFlags & (TcpHeader.Syn | TcpHeader.Reset)) != 0,
            IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Icmp or IpProtocol.Icmpv6 => false,
            _ => true,
        };
        return ends || table.IsExpired(candidate, packet->Time);
    }

    /// <summary>Under which hash the other direction's packets of a packet's connection come.</summary>
    static uint HashOfOther(Worker worker, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        return connection == null || !Translator.IsTranslated(connection) ? packet->Hash
            : packet->Family == PacketFamily.Ipv4 ? worker.Connections4.HashOf(packet->Record, 1 - packet->Direction)
            : worker.Connections6.HashOf(packet->Record, 1 - packet->Direction);
    }

    /// <summary>One end in 32 bits. A query's identifier is no port: a translation gives it to both ends.</summary>
    static uint Endpoint(Packet* packet, bool isSource)
    {
        uint address;
        if (packet->Family == PacketFamily.Ipv4)
        {
            address = isSource ? packet->Tuple.Src : packet->Tuple.Dst;
        }
        else
        {
            ulong* words = (ulong*)(packet->Ip + (isSource ? 8 : 24));
            ulong both = words[0] ^ BitOperations.RotateLeft(words[1], 23);
            address = (uint)both ^ (uint)(both >> 32);
        }

        bool hasPorts = packet->Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        uint port = isSource ? packet->Ports.SrcPort : packet->Ports.DstPort;
        return address ^ (hasPorts ? port << 16 : 0) ^ packet->Protocol;
    }
}
