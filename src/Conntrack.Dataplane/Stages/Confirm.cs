using Conntrack.Dataplane.Routing;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Stages;

/// <summary>
/// A connection enters the table only when its first packet leaves: what was dropped on its way has never existed. Here too a connection
/// whose packet passed a fasttrack-connection rule enters the flow cache, and one whose packet no longer does leaves it.
/// </summary>
static unsafe class Confirm
{
    public static void Burst(Worker worker, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Packet* packet = worker.Packets + i;
            var connection = (Connection*)packet->Connection;
            if (connection == null)
            {
                continue;
            }

            if (packet->Family == PacketFamily.Ipv4)
            {
                Settle(worker, worker.Connections4, packet, connection);
            }
            else
            {
                Settle(worker, worker.Connections6, packet, connection);
            }
        }
    }

    static void Settle<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if ((connection->Flags & ConnectionFlags.Confirmed) == 0)
        {
            Enter(table, packet, connection);
        }
        else if (((packet->Marks & PacketMarks.FastTrack) != 0 | (connection->Flags & ConnectionFlags.FastTrack) != 0)
            && (connection->Flags & ConnectionFlags.Dying) == 0)
        {
            SettleFastTrack(worker, table, packet, connection);
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

    static void SettleFastTrack<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if ((packet->Marks & PacketMarks.IcmpError) != 0)
        {
            // It is about the connection and none of its packets: whatever rules say to it, the connection stays as it is.
            return;
        }

        // A RST that leaves the state as it is has shortened the timeout, which the lines do not know.
        bool enters = (packet->Marks & PacketMarks.FastTrack) != 0 && packet->Reason == DropReason.None && (packet->TcpFlags & TcpHeader.Reset) == 0;
        if (enters && Tracker.CanFastTrack(connection))
        {
            FlowExits exits;
            if (!Exits(worker, packet, connection, &exits))
            {
                return;
            }

            ushort timeoutSlot = (ushort)(packet->Protocol == IpProtocol.Tcp ? (int)TcpState.Established : (int)TimeoutSlot.UdpStream);
            uint timeout = worker.Tracking->Timeouts[timeoutSlot];
            table.Flows!.Install(table, packet->Record, exits, timeoutSlot, timeout, worker.Edition, packet->Direction, packet->Time);
            if ((packet->TcpFlags & TcpHeader.Syn) == 0)
            {
                // The timeout that every packet from the cache gives it: data that is not acknowledged yet does not shorten it.
                table.Refresh(packet->Record, connection, packet->Time, timeout);
            }
        }
        else if ((connection->Flags & ConnectionFlags.FastTrack) != 0)
        {
            Tracker.LeaveFastTrack(table, packet->Record, connection);
        }
    }

    /// <summary>
    /// How the packets of both directions leave. False where one direction's way is not known, as it is after a change of routes until the
    /// first packet has gone it again.
    /// </summary>
    static bool Exits(Worker worker, Packet* packet, Connection* connection, FlowExits* exits)
    {
        if (packet->NextHop == 0 & packet->Neighbour == 0)
        {
            // Over a wire, and where nothing leaves, the way back is the way reversed.
            uint back = packet->OutInterface == Packet.NoInterface ? Packet.NoInterface : packet->InInterface;
            *exits = new FlowExits(
                packet->Direction == 0 ? packet->OutInterface | (back << 16) : back | ((uint)packet->OutInterface << 16), 0);
            return true;
        }

        uint original = connection->NextHop[0], reply = connection->NextHop[1];
        if (connection->Edition != worker.Edition | original == 0 | reply == 0)
        {
            return false;
        }

        uint interfaces = NeighbourTable.At(worker.Neighbours, original)->Interface
            | ((uint)NeighbourTable.At(worker.Neighbours, reply)->Interface << 16);
        *exits = new FlowExits(interfaces, original | (reply << 16));
        return true;
    }
}
