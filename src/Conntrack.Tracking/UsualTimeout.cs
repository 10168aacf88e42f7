using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>
/// The timeout that a packet gives a connection in its present state. What is left of it says how long a connection has been idle, which no
/// record keeps. A packet of another kind may have given less (a repeated segment, a lone RST): such a connection counts as idle for longer.
/// </summary>
static unsafe class UsualTimeout
{
    /// <summary>Ticks.</summary>
    public static uint Of(Connection* connection, TrackingParameters* parameters)
    {
        bool answered = (connection->Flags & ConnectionFlags.SeenReply) != 0;
        return connection->Protocol switch
        {
            IpProtocol.Tcp => parameters->Timeouts[connection->State],
            IpProtocol.Udp or IpProtocol.UdpLite => parameters->Timeouts[(int)(answered ? TimeoutSlot.UdpStream : TimeoutSlot.Udp)],
            IpProtocol.Icmp or IpProtocol.Icmpv6 => parameters->Timeouts[(int)TimeoutSlot.Icmp],
            IpProtocol.Sctp => SctpTracking.Timeout((SctpState)connection->State),
            IpProtocol.Dccp => DccpTracking.Timeout((DccpState)connection->State),
            _ => parameters->Timeouts[(int)TimeoutSlot.Generic],
        };
    }
}
