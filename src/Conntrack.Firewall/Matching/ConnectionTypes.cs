using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Matching;

/// <summary>Which helper has announced a connection, as xt_helper asks: of the related connections, not of those whose payload is read.</summary>
static unsafe class ConnectionTypes
{
    /// <summary>The helper that expected the packet's connection; none where it was not expected.</summary>
    public static HelperKind Of(RuleMemory* memory, Packet* packet)
    {
        var connection = (Connection*)packet->Connection;
        ExtensionSlab* slab = packet->Family == PacketFamily.Ipv6 ? memory->Extensions6 : memory->Extensions4;
        return connection == null || (connection->Flags & ConnectionFlags.Expected) == 0 || connection->Extension == 0 || slab == null
            ? HelperKind.None
            : slab->At(connection->Extension)->Helper;
    }
}
