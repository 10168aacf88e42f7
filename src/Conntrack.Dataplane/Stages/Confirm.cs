using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// A connection enters the table only when its first packet leaves: what was dropped on its way has never existed.
/// </summary>
static unsafe class Confirm
{
    public static void Burst(Worker worker, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            var connection = (Connection*)packet->Connection;
            if (connection == null || (connection->Flags & ConnectionFlags.Confirmed) != 0)
            {
                continue;
            }

            if (packet->Family == PacketFamily.Ipv4)
            {
                Enter(worker.Connections4, packet, connection);
            }
            else
            {
                Enter(worker.Connections6, packet, connection);
            }
        }
    }

    static void Enter<TRecord>(ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (packet->Reason == DropReason.None)
        {
            if (table.Confirm(packet->Record))
            {
                table.SetEvictable(packet->Record, Tracker.EvictionClassOf(connection->Flags));
                return;
            }

            packet->Reason = DropReason.TableFull;
        }

        table.Remove(packet->Record);
        packet->Connection = null;
    }
}
