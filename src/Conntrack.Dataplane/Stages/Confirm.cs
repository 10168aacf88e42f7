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
            if (connection == null || (packet->Marks & PacketMarks.IcmpError) != 0)
            {
                // An error is about a connection and none of its packets: whatever rules say to it, the connection stays as it is.
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

            if ((connection->Flags & (ConnectionFlags.UsesHelper | ConnectionFlags.Dying)) == ConnectionFlags.UsesHelper)
            {
                Assist.Read(worker, packet);
            }
        }
    }

    static void Settle<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if ((connection->Flags & ConnectionFlags.Confirmed) == 0)
        {
            Enter(worker, table, packet, connection);
        }
        else if (((packet->Marks & PacketMarks.FastTrack) != 0 | (connection->Flags & ConnectionFlags.FastTrack) != 0)
            && (connection->Flags & ConnectionFlags.Dying) == 0)
        {
            SettleFastTrack(worker, table, packet, connection);
        }

        if (connection->Extension != 0 && ConnectionCounts.IsOver(connection))
        {
            table.LeaveCounts(connection);
        }
    }

    static void Enter<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (packet->Reason == DropReason.None)
        {
            bool own = OwnConnections.Is(worker, packet);
            bool hasRoom = own || (packet->Marks & PacketMarks.Own) == 0 || !table.UsesReserve;
            if (hasRoom && table.Confirm(packet->Record, packet->Hash))
            {
                connection->Flags &= ~ConnectionFlags.FollowsMaster;
                if (own)
                {
                    table.SetOwn(packet->Record);
                }
                else
                {
                    table.SetEvictable(packet->Record, Tracker.EvictionClassOf(connection->Flags));
                }

                if (worker.Handover != null && (packet->Datagram != 0 || packet < worker.Packets + worker.Handover.Taken))
                {
                    // Opened elsewhere than where its next packet comes: by fragments, or in place of one that packets were handed over for.
                    table.Name(packet->Record);
                }

                return;
            }

            packet->Reason = DropReason.TableFull;
        }

        table.Remove(packet->Record, ConnectionEnd.Unconfirmed);
        packet->Connection = null;
    }

    static void SettleFastTrack<TRecord>(Worker worker, ConnectionTable<TRecord> table, Packet* packet, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        // A RST that leaves the state as it is has shortened the timeout, which the lines do not know.
        bool enters = (packet->Marks & PacketMarks.FastTrack) != 0 && packet->Reason == DropReason.None && (packet->TcpFlags & TcpHeader.Reset) == 0;
        if (enters && !MayLeaveRules(worker, packet))
        {
            connection->Flags |= ConnectionFlags.FastTrackRefused;
            enters = false;
        }

        if (enters && Tracker.CanFastTrack(connection))
        {
            FlowExits exits;
            if (!Exits(worker, packet, connection, &exits))
            {
                return;
            }

            connection->Flags &= ~ConnectionFlags.FastTrackRefused;

            byte timeoutSlot = (byte)(packet->Protocol == IpProtocol.Tcp ? (int)TcpState.Established : (int)TimeoutSlot.UdpStream);
            uint timeout = worker.Tracking->Timeouts[timeoutSlot];
            ConnectionFlags before = connection->Flags;
            table.Flows!.Install(table, packet->Record, exits, timeoutSlot, timeout, worker.Edition, packet->Direction, packet->Time);
            if ((before & ConnectionFlags.FastTrack) == 0)
            {
                table.TellChanged(packet->Record);
            }

            if ((packet->TcpFlags & TcpHeader.Syn) == 0)
            {
                // The timeout that every packet from the cache gives it: data that is not acknowledged yet does not shorten it.
                table.Refresh(packet->Record, connection, packet->Time, timeout);
            }

            if (packet->HardwareOffload != 0 && worker.Offloads != null)
            {
                HardwareOffload.Offer(worker, table, packet, connection, exits, timeoutSlot);
            }
        }
        else if ((connection->Flags & ConnectionFlags.FastTrack) != 0)
        {
            Tracker.LeaveFastTrack(table, packet->Record, connection);
        }
    }

    /// <summary>
    /// Whether packets of this way may go past rules and routes at all: <c>allow-fast-path</c> says so, and they go by the main table. What a
    /// line of the flow cache knows of a way is the main table's, as RouterOS has it; a routing mark or a VRF names another one.
    /// </summary>
    static bool MayLeaveRules(Worker worker, Packet* packet)
    {
        RouterSwitches slow = (packet->Family == PacketFamily.Ipv4 ? RouterSwitches.SlowPathOnly4 : RouterSwitches.SlowPathOnly6)
            | ((packet->Marks & PacketMarks.Bridged) != 0 ? RouterSwitches.SlowPathOnlyBridged : RouterSwitches.None);
        return (worker.Routes->Switches & slow) == 0
            && packet->RoutingMark == 0
            && RouteImage.InterfaceAt(worker.Routes, packet->InInterface)->Table == 0;
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
