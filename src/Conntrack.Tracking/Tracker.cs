using System.Runtime.CompilerServices;
using Conntrack.Packets;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking;

/// <summary>
/// The verdict of tracking on one packet: finds its connection or opens one, lets the protocol's state machine judge, counts and
/// refreshes. Packets of a burst come here one after the other, so the second sees what the first did.
/// </summary>
public static unsafe class Tracker
{
    /// <summary>Marks of packets that are not judged by their tuple: see <see cref="Exempt"/>.</summary>
    public const PacketMarks Odd = PacketMarks.Fragment | PacketMarks.TransportMalformed | PacketMarks.TransportChecksumBad
        | PacketMarks.IcmpError | PacketMarks.NeighbourDiscovery | PacketMarks.NoTrack;

    /// <summary>
    /// Packets that tracking leaves alone or cannot judge by their own tuple. True when the packet's state is decided without a connection, or
    /// left undecided (<see cref="ConnectionStateOfPacket.None"/>) because it is an ICMP error: <see cref="ErrorTracking"/> is next.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Exempt(Packet* packet, TrackingParameters* parameters)
    {
        bool tracked = parameters->Tracks(packet->Family);
        if (((packet->Marks & Odd) == 0) & tracked)
        {
            return false;
        }

        packet->State = StateOfExempt(packet->Marks, tracked);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ConnectionStateOfPacket StateOfExempt(PacketMarks marks, bool tracked)
    {
        const PacketMarks Bad = PacketMarks.Fragment | PacketMarks.TransportMalformed | PacketMarks.TransportChecksumBad;
        return !tracked || (marks & PacketMarks.NoTrack) != 0 ? ConnectionStateOfPacket.Untracked
            : (marks & Bad) != 0 ? ConnectionStateOfPacket.Invalid
            : (marks & PacketMarks.NeighbourDiscovery) != 0 ? ConnectionStateOfPacket.Untracked
            : ConnectionStateOfPacket.None;
    }

    /// <summary>
    /// A packet that only counts: of a connection that was answered, of UDP or in the middle of TCP, whose packets nobody else waits for. What it
    /// changes is counters, windows and deadline. False, and nothing touched: <see cref="Continue"/> has to look.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPass<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        const ConnectionFlags Settled = ConnectionFlags.Confirmed | ConnectionFlags.SeenReply;
        const ConnectionFlags Others = ConnectionFlags.Dying | ConnectionFlags.FastTrack | ConnectionFlags.FlowLines | ConnectionFlags.UsesHelper;
        if (!table.IsHit(packet, Settled | Others, Settled, out int direction))
        {
            return false;
        }

        uint record = packet->Candidate;
        Connection* connection = table.ConnectionAt(record);
        packet->Direction = (byte)direction;
        uint timeout;
        if (packet->Protocol == IpProtocol.Udp)
        {
            if ((connection->Flags & ConnectionFlags.Assured) == 0 && UdpTracking.MayBecomeAssured(connection, packet))
            {
                return false;
            }

            timeout = parameters->Timeouts[(int)TimeoutSlot.UdpStream];
        }
        else
        {
            if (packet->Protocol != IpProtocol.Tcp || (connection->Flags & ConnectionFlags.Assured) == 0)
            {
                return false;
            }

            timeout = TcpTracking.TryContinue(connection, packet, parameters);
            if (timeout == TcpTracking.Untouched)
            {
                return false;
            }
        }

        packet->Connection = connection;
        packet->Record = record;
        packet->State = ConnectionStateOfPacket.Established;
        Count(table, connection, direction, packet->IpLength);
        table.Renew(record, connection, packet->Time, timeout);
        return true;
    }

    /// <summary>
    /// A packet whose connection is in the table. False: there is none (or there was, and this packet begins another one with the same
    /// tuple): <see cref="Open"/> comes next.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Continue<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        uint record = table.Find(packet, out int direction);
        if (record == 0)
        {
            return false;
        }

        Connection* connection = table.ConnectionAt(record);
        packet->Direction = (byte)direction;
        ConnectionFlags before = connection->Flags;
        if ((before & ConnectionFlags.FlowLines) != 0)
        {
            table.Flows!.Merge(table, record);
        }

        Outcome outcome = Outcome.Accept;
        uint timeout;
        switch (packet->Protocol)
        {
            case IpProtocol.Tcp:
                outcome = (before & ConnectionFlags.UsesHelper) == 0
                    ? TcpTracking.Continue(connection, packet, parameters, out timeout)
                    : Assistance.Track(table, connection, packet, parameters, out timeout);
                break;
            case IpProtocol.Udp:
                timeout = UdpTracking.Continue(connection, packet, parameters);
                break;
            default:
                outcome = OtherTracking.Continue(connection, packet, parameters, out timeout);
                break;
        }

        if (outcome != Outcome.Accept)
        {
            if (outcome == Outcome.Advance)
            {
                // No living connection is without flags: they count as changed, and with them the state.
                outcome = Outcome.Accept;
                before = ConnectionFlags.None;
            }
            else if (!Judge(table, packet, record, connection, outcome, timeout))
            {
                return outcome != Outcome.Reopen;
            }
        }

        packet->Connection = connection;
        packet->Record = record;

        // Which direction a packet has is a coin toss to the branch predictor: a reply sets the flag by arithmetic, and either direction
        // reads its state from it.
        ConnectionFlags flags = connection->Flags | (ConnectionFlags)(direction * (int)ConnectionFlags.SeenReply);
        packet->State = (flags & ConnectionFlags.SeenReply) != 0 ? ConnectionStateOfPacket.Established
            : (flags & ConnectionFlags.Expected) != 0 ? ConnectionStateOfPacket.Related
            : ConnectionStateOfPacket.New;
        if (flags != before)
        {
            connection->Flags = flags;

            // A record that has just ended must not become evictable: it would end twice.
            if (outcome != Outcome.Kill)
            {
                table.SetEvictable(record, EvictionClassOf(flags));
                table.TellChanged(record);
            }
        }

        if ((connection->Flags & ConnectionFlags.FastTrack) != 0 && !CanFastTrack(connection))
        {
            LeaveFastTrack(table, record, connection);
        }

        if (outcome == Outcome.Accept)
        {
            Count(table, connection, direction, packet->IpLength);
            table.Refresh(record, connection, packet->Time, timeout);
        }

        return true;
    }

    /// <summary>
    /// A packet without a connection: opens one if its protocol lets it, else connection-state invalid. The record stays outside the index
    /// until Confirm, so a packet dropped on its way leaves no entry.
    /// </summary>
    public static void Open<TRecord>(ConnectionTable<TRecord> table, Packet* packet, TrackingParameters* parameters)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (!CanOpen(packet, parameters))
        {
            packet->State = ConnectionStateOfPacket.Invalid;
            return;
        }

        uint record = table.Allocate(packet, parameters, out AllocateStatus status);
        if (record == 0)
        {
            packet->Reason = status == AllocateStatus.Full ? DropReason.TableFull : DropReason.TableMemory;
            return;
        }

        Connection* connection = table.ConnectionAt(record);
        uint timeout = packet->Protocol switch
        {
            IpProtocol.Tcp => TcpTracking.Open(connection, packet, parameters),
            IpProtocol.Udp => UdpTracking.Open(connection, packet, parameters),
            _ => OtherTracking.Open(connection, packet, parameters),
        };

        packet->Connection = connection;
        packet->Record = record;
        packet->Direction = 0;
        packet->State = ConnectionStateOfPacket.New;
        Count(table, connection, 0, packet->IpLength);
        table.Refresh(record, connection, packet->Time, timeout);
        if (table.Expectations != null && (parameters->Helpers.MayHave(packet->Ports.DstPort) || Volatile.Read(ref table.Expectations->Count) != 0))
        {
            Assistance.Begin(table, packet, parameters);
        }
    }

    static bool CanOpen(Packet* packet, TrackingParameters* parameters) => packet->Protocol switch
    {
        IpProtocol.Tcp => TcpTracking.CanOpen(packet, parameters),
        IpProtocol.Udp => true,
        _ => OtherTracking.CanOpen(packet),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Count<TRecord>(ConnectionTable<TRecord> table, Connection* connection, int direction, uint bytes)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        if (Connection.Count(connection, direction, bytes))
        {
            table.Carry(connection, direction, bytes);
        }
    }

    /// <summary>The unusual outcomes. True when the packet still belongs to the connection.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool Judge<TRecord>(
        ConnectionTable<TRecord> table, Packet* packet, uint record, Connection* connection, Outcome outcome, uint timeout)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        switch (outcome)
        {
            case Outcome.Invalid:
                packet->State = ConnectionStateOfPacket.Invalid;
                return false;
            case Outcome.InvalidEnd:
                packet->State = ConnectionStateOfPacket.Invalid;
                table.Shorten(record, connection, packet->Time, timeout);
                return false;
            case Outcome.Reopen:
                table.Remove(record, ConnectionEnd.Reopened);
                return false;
            case Outcome.Kill:
                Count(table, connection, packet->Direction, packet->IpLength);
                table.Remove(record, ConnectionEnd.Closed);
                return true;
            default:
                return true;
        }
    }

    /// <summary>
    /// Whether a connection's packets carry no more news: established TCP with data both ways, answered UDP. What does carry news never
    /// is forwarded from the flow cache (SYN, FIN, RST), or takes the slow path at its time. What a helper reads carries news always.
    /// </summary>
    public static bool CanFastTrack(Connection* connection) => (connection->Flags & ConnectionFlags.UsesHelper) == 0 && HasNoMoreNews(connection);

    static bool HasNoMoreNews(Connection* connection) => connection->Protocol switch
    {
        IpProtocol.Tcp => connection->State == (byte)TcpState.Established && (connection->Flags & ConnectionFlags.Assured) != 0,
        IpProtocol.Udp => (connection->Flags & ConnectionFlags.SeenReply) != 0,
        _ => false,
    };

    /// <summary>Every further packet of the connection takes the slow path.</summary>
    public static void LeaveFastTrack<TRecord>(ConnectionTable<TRecord> table, uint record, Connection* connection)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        table.Flows!.Forget(table, record);
        table.EndOffload(record, connection);
        connection->Flags &= ~(ConnectionFlags.FastTrack | ConnectionFlags.FlowLines);
        table.TellChanged(record);
    }

    /// <summary>Who gives way first when the table is full: what was never answered, then what is not assured, assured ones never.</summary>
    public static EvictionClass EvictionClassOf(ConnectionFlags flags) =>
        (flags & ConnectionFlags.Assured) != 0 ? EvictionClass.Never
        : (flags & ConnectionFlags.SeenReply) != 0 ? EvictionClass.Unassured
        : EvictionClass.HalfOpen;
}
