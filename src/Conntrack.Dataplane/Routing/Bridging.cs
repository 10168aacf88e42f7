using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// Several ports as one network. A frame for the bridge's own address goes up to the router and comes in on the bridge; what is for a station
/// behind another port is handed over as it is, past the firewall unless <c>use-ip-firewall</c> says otherwise; what is for many, or for
/// somebody nobody has heard of, goes to every other port.
/// </summary>
static unsafe class Bridging
{
    /// <summary>How long a station is remembered, RouterOS's <c>ageing-time</c>.</summary>
    const uint Lifetime = 300 * Timestamp.TicksPerSecond;

    const ulong MacBits = (1ul << 48) - 1;

    /// <summary>Takes a frame in that came by a port of a bridge.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="packet">Parsed.</param>
    /// <param name="port">The entry of the port it came by, which belongs to a bridge.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Enter(Worker worker, Packet* packet, InterfaceEntry* port)
    {
        const byte Group = 1;
        byte* frame = packet->Mbuf->Data;
        InterfaceEntry* bridge = RouteImage.InterfaceAt(worker.Routes, port->Bridge);
        uint tick = Timestamp.Tick(packet->Time);
        if (packet->FrameLength < EthernetHeader.ByteSize || (frame[6] & Group) != 0)
        {
            packet->Reason = DropReason.BadEthernetHeader;
            return;
        }

        ulong source = *(ulong*)(frame + 6) & MacBits, own = *(ulong*)bridge->Mac & MacBits;
        if (IsReserved(frame))
        {
            // Between two bridges and no further (IEEE 802.1Q 8.6.3): spanning tree, LLDP, pause frames.
            packet->Path = Packet.BridgedPath;
            packet->Verdict = Verdict.Consume;
            return;
        }

        StationTable.Learn(worker.Stations, worker.StationHints, source, packet->InPort, tick);
        bool isGroup = (frame[0] & Group) != 0;
        if (!isGroup && Address(frame) == own)
        {
            packet->InInterface = port->Bridge;
            return;
        }

        bool filtered = packet->Family != PacketFamily.NotIp && IsFiltered(worker.Routes->Switches, packet);
        if (filtered)
        {
            packet->InInterface = port->Bridge;
            packet->Marks |= PacketMarks.Bridged;
            if (isGroup)
            {
                HandUp(worker, packet);
            }
        }
        else if (isGroup)
        {
            packet->InInterface = port->Bridge;
            if ((packet->Marks & PacketMarks.Fragment) != 0)
            {
                // It may have to wait for the rest of its datagram; the other ports do not.
                Stages.Transmit.FloodCopies(worker, packet);
                return;
            }

            packet->Marks |= PacketMarks.Flooded;
        }
        else
        {
            packet->Path = Packet.BridgedPath;
            packet->Flow = null;
            packet->OutInterface = port->Bridge;
            packet->Verdict = Verdict.Forward;
        }
    }

    /// <summary>
    /// As <see cref="Enter"/> for nearly all there is: a frame to the router from a station that was heard at that port a moment ago. False for any other.
    /// </summary>
    /// <param name="worker">The worker.</param>
    /// <param name="packet">Parsed, with a whole Ethernet header.</param>
    /// <param name="port">The entry of the port it came by, which belongs to a bridge.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(Worker worker, Packet* packet, InterfaceEntry* port)
    {
        byte* frame = packet->Mbuf->Data;
        ulong own = *(ulong*)RouteImage.InterfaceAt(worker.Routes, port->Bridge)->Mac;
        ulong source = *(ulong*)(frame + 6) & MacBits;

        // A station is never heard with an address of many, and a bridge never has one.
        if (((*(ulong*)frame ^ own) & MacBits) != 0
            || !StationTable.IsHeard(worker.StationHints, source, packet->InPort, Timestamp.Tick(packet->Time)))
        {
            return false;
        }

        packet->InInterface = port->Bridge;
        return true;
    }

    /// <summary>
    /// As <see cref="Leave"/> for nearly all that is routed: to a station behind a running port of the bridge, not the one the packet came by, that this
    /// worker has found before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHeard(Worker worker, Packet* packet, ushort bridge, ulong station, uint tick, out ushort port)
    {
        port = StationTable.Recall(worker.StationHints, station, tick, Lifetime);
        return port < worker.PortCount && port != packet->InPort && IsMember(worker.Routes, port, bridge);
    }

    /// <summary>
    /// The port that a frame leaves a bridge by, whether bridged or routed: where its station was heard, or every other. Nobody gets back what
    /// it sent itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Leave(Worker worker, Packet* packet)
    {
        RouteImage* routes = worker.Routes;
        ushort number = BridgeUnder(routes, packet->OutInterface);

        // What is routed may get its link header only when it is cut.
        ulong station = packet->Neighbour != 0 ? NeighbourTable.At(worker.Neighbours, packet->Neighbour)->Word : Address(packet->Mbuf->Data);
        ushort port = PortOf(worker, packet, number, station);
        packet->OutPort = port;
        if (port == packet->InPort)
        {
            packet->Reason = DropReason.BridgeSamePort;
        }
    }

    /// <summary>The port of a bridge that a station was heard behind; <see cref="Packet.EveryPort"/> for nobody known, and for many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort PortOf(Worker worker, Packet* packet, ushort bridge, ulong station)
    {
        ushort port = (station & 1) != 0
            ? Packet.NoInterface
            : StationTable.Find(worker.Stations, worker.StationHints, station, Timestamp.Tick(packet->Time), Lifetime);
        return port < worker.PortCount && IsMember(worker.Routes, port, bridge) ? port : Packet.EveryPort;
    }

    /// <summary>Whether a port belongs to a bridge and carries frames.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsMember(RouteImage* routes, uint port, ushort bridge)
    {
        InterfaceEntry* entry = RouteImage.InterfaceAt(routes, port);
        return entry->Bridge == bridge && (entry->Flags & InterfaceFlags.Running) != 0;
    }

    /// <summary>The bridge that an interface is, or is a VLAN of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort BridgeUnder(RouteImage* routes, ushort number)
    {
        for (InterfaceEntry* entry; (entry = RouteImage.InterfaceAt(routes, number))->Kind == InterfaceKind.Vlan; number = entry->Peer)
        {
        }

        return number;
    }

    static bool IsFiltered(RouterSwitches switches, Packet* packet) =>
        (switches & (packet->LinkLength > EthernetHeader.ByteSize ? RouterSwitches.BridgeFirewallVlan : RouterSwitches.BridgeFirewall)) != 0;

    /// <summary>
    /// A packet to many that passes the firewall on its way over the bridge is the router's too: a copy comes in on the bridge right behind it.
    /// </summary>
    static void HandUp(Worker worker, Packet* packet)
    {
        Native.Mbuf* copy;
        if (worker.Settings->Pool == null || Native.Mbufs.CopyBulk(worker.Settings->Pool, &packet->Mbuf, &copy, 1) < 0)
        {
            worker.State->NoBuffers++;
            return;
        }

        if (!OwnPackets.HandUp(worker, packet, copy))
        {
            Native.Mbufs.FreeBulk(&copy, 1);
        }
    }

    /// <summary>A MAC address as stations are known by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Address(byte* mac) => *(uint*)mac | ((ulong)*(ushort*)(mac + 4) << 32);

    static bool IsReserved(byte* frame) => *(uint*)frame == 0x00c2_8001 & frame[4] == 0 & frame[5] < 16;
}
