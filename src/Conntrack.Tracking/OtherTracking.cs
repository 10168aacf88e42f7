using System.Runtime.CompilerServices;
using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>
/// Every protocol but TCP and UDP: to its own machine where it has one. Out of line, so that TCP and UDP run through <see cref="Tracker"/>
/// without it.
/// </summary>
static unsafe class OtherTracking
{
    /// <summary>ICMP queries open with a request only; what answers nothing, and types that are no query, open nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool CanOpen(Packet* packet) => packet->Protocol switch
    {
        IpProtocol.Icmp or IpProtocol.Icmpv6 => (packet->Marks & (PacketMarks.IcmpQuery | PacketMarks.IcmpReply)) == PacketMarks.IcmpQuery,
        IpProtocol.Sctp => SctpTracking.CanOpen(packet),
        IpProtocol.Dccp => DccpTracking.CanOpen(packet),
        _ => true,
    };

    /// <summary>First packet of a connection; returns its timeout.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Open(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        switch (packet->Protocol)
        {
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                return parameters->Timeouts[(int)TimeoutSlot.Icmp];
            case IpProtocol.UdpLite:
                return parameters->Timeouts[(int)TimeoutSlot.Udp];
            case IpProtocol.Sctp:
                return SctpTracking.Open(connection, packet);
            case IpProtocol.Dccp:
                return DccpTracking.Open(connection, packet);
            case IpProtocol.Gre:
                GreTracking.Open(connection, packet);
                break;
        }

        return parameters->Timeouts[(int)TimeoutSlot.Generic];
    }

    /// <summary>A packet of a known connection.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Outcome Continue(Connection* connection, Packet* packet, TrackingParameters* parameters, out uint timeout)
    {
        timeout = parameters->Timeouts[(int)TimeoutSlot.Generic];
        switch (packet->Protocol)
        {
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                timeout = parameters->Timeouts[(int)TimeoutSlot.Icmp];
                return Outcome.Accept;
            case IpProtocol.UdpLite:
                timeout = UdpTracking.ContinueLite(connection, packet, parameters);
                return Outcome.Accept;
            case IpProtocol.Sctp:
                return SctpTracking.Continue(connection, packet, out timeout);
            case IpProtocol.Dccp:
                return DccpTracking.Continue(connection, packet, out timeout);
            case IpProtocol.Gre:
                GreTracking.Continue(connection);
                return Outcome.Accept;
            default:
                return Outcome.Accept;
        }
    }
}
