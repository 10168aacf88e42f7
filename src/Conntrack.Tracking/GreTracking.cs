using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Tracking;

/// <summary>
/// GRE: generic-timeout, for RouterOS has no other; assured from the first packet after an answer on, as in nf_conntrack. PPTP's packets name
/// the receiver's call only, so without a helper each direction of a call is a connection of its own.
/// </summary>
public static unsafe class GreTracking
{
    /// <summary>First packet: remembers what the list shows of its header.</summary>
    public static void Open(Connection* connection, Packet* packet)
    {
        GreFlow* flow = GreFlow.Of(connection);
        *flow = default;
        flow->Version = GreFlow.NoVersion;
        if (packet->Transport == null || FirstSegment.Available(packet) < GreHeader.ByteSize)
        {
            return;
        }

        var header = (GreHeader*)packet->Transport;
        uint? key = GreHeader.KeyOf(packet->Transport, FirstSegment.Available(packet));
        flow->Version = (byte)header->Version;
        flow->Protocol = header->Protocol;
        flow->HasKey = key is null ? (byte)0 : (byte)1;
        flow->Key = key ?? 0;
    }

    /// <summary>A packet of a known connection.</summary>
    public static void Continue(Connection* connection) =>
        connection->Flags |= (connection->Flags & ConnectionFlags.SeenReply) != 0 ? ConnectionFlags.Assured : ConnectionFlags.None;
}
