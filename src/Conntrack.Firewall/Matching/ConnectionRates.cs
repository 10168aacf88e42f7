using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Matching;

/// <summary>
/// How fast a connection is: what its byte counters grew by within the latest whole second, as RouterOS has it, no average over longer. Kept in
/// the connection's extension, which it gets with the first packet that a rule asks this of.
/// </summary>
static unsafe class ConnectionRates
{
    const uint BitsPerByte = 8;

    /// <summary>Bits a second of both directions; 0 within the first second, and where there is no memory for an extension.</summary>
    public static ulong BitsOf(RuleMemory* memory, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        ExtensionSlab* slab = packet->Family == PacketFamily.Ipv6 ? memory->Extensions6 : memory->Extensions4;
        if (slab == null)
        {
            return 0;
        }

        ulong bytes = Conditions.BytesOf(connection);
        uint now = Timestamp.Tick(packet->Time);
        if (connection->Extension == 0 && (connection->Extension = slab->Take()) == 0)
        {
            return 0;
        }

        Extension* extension = slab->At(connection->Extension);
        if (extension->RateSince == 0)
        {
            // A tick of 0 stands for "nobody asked yet"; counted from the packet that did.
            Begin(extension, now, bytes - packet->IpLength);
            return 0;
        }

        uint elapsed = now - extension->RateSince;
        if (elapsed >= Timestamp.TicksPerSecond)
        {
            // The packet itself belongs to the second that begins with it.
            ulong grown = (uint)((uint)(bytes - packet->IpLength) - extension->RateFrom);
            extension->Rate = (uint)Math.Min(grown * Timestamp.TicksPerSecond / elapsed, uint.MaxValue);
            Begin(extension, now, bytes - packet->IpLength);
        }

        return (ulong)extension->Rate * BitsPerByte;
    }

    static void Begin(Extension* extension, uint now, ulong bytes)
    {
        extension->RateSince = now == 0 ? 1 : now;
        extension->RateFrom = (uint)bytes;
    }
}
