using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>
/// UDP and UDP-Lite: udp-timeout until the first reply, udp-stream-timeout from it on. A flow is assured once a packet comes more than
/// two seconds after the first: a question with one answer (DNS) stays evictable. UDP-Lite knows no such wait.
/// </summary>
public static unsafe class UdpTracking
{
    /// <summary>Age from which a packet makes an answered flow assured.</summary>
    internal const uint StreamTicks = 2 * Timestamp.TicksPerSecond;

    /// <summary>First packet: remembers the microseconds of its start beside the start tick.</summary>
    public static uint Open(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        UdpFlow.Of(connection)->StartPhase = Timestamp.Phase(packet->Time);
        return parameters->Timeouts[(int)TimeoutSlot.Udp];
    }

    /// <summary>A later packet; returns its timeout.</summary>
    public static uint Continue(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        if ((connection->Flags & ConnectionFlags.SeenReply) == 0)
        {
            return parameters->Timeouts[(int)(packet->Direction == 0 ? TimeoutSlot.Udp : TimeoutSlot.UdpStream)];
        }

        uint age = Timestamp.Tick(packet->Time) - connection->StartTick;
        if (age > StreamTicks || (age == StreamTicks && Timestamp.Phase(packet->Time) > UdpFlow.Of(connection)->StartPhase))
        {
            connection->Flags |= ConnectionFlags.Assured;
        }

        return parameters->Timeouts[(int)TimeoutSlot.UdpStream];
    }

    /// <summary>Whether an answered flow may be assured from this packet on; <see cref="Continue"/> knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayBecomeAssured(Connection* connection, Packet* packet) => Timestamp.Tick(packet->Time) - connection->StartTick >= StreamTicks;

    /// <summary>A later packet of UDP-Lite: what comes after an answer makes it assured, however soon, as in nf_conntrack.</summary>
    public static uint ContinueLite(Connection* connection, Packet* packet, TrackingParameters* parameters)
    {
        bool answered = (connection->Flags & ConnectionFlags.SeenReply) != 0;
        connection->Flags |= answered ? ConnectionFlags.Assured : ConnectionFlags.None;
        return parameters->Timeouts[(int)(answered || packet->Direction != 0 ? TimeoutSlot.UdpStream : TimeoutSlot.Udp)];
    }
}
