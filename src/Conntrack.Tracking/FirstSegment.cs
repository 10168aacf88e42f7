using Conntrack.Packets;

namespace Conntrack.Tracking;

/// <summary>How far headers may be read: Parse has seen the fixed ones whole, what follows them may be cut off or lie in another segment.</summary>
static unsafe class FirstSegment
{
    /// <summary>Bytes from the transport header on that belong to the IP packet and lie in the buffer's first segment.</summary>
    public static uint Available(Packet* packet)
    {
        uint held = (uint)(packet->Mbuf->Data + packet->Mbuf->DataLength - packet->Transport);
        return Math.Min(held, packet->TransportLength);
    }
}
