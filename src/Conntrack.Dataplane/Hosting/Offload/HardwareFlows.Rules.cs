using System.Runtime.CompilerServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking.FastTrack.Offload;

namespace Conntrack.Dataplane.Hosting.Offload;

/// <content>What a device is told, whether it can, and for how long it holds.</content>
sealed unsafe partial class HardwareFlows
{
    /// <summary>
    /// Asks every port that is up whether it could forward a translated TCP connection to another. Asked again whenever a port comes.
    /// </summary>
    public void Probe()
    {
        lock (_gate)
        {
            for (int port = 0; port < _obstacles.Length; port++)
            {
                _obstacles[port] = IsUp(port) ? Ask(port) : null;
            }

            SetThreshold();
        }
    }

    /// <summary>Workers offer nothing while nobody could take it.</summary>
    void SetThreshold()
    {
        uint packets = _obstacles.Any(static obstacle => obstacle is "") ? Math.Max(1, _options.PacketsBefore) : 0;
        for (int w = 0; w < _settings->Workers; w++)
        {
            Volatile.Write(ref _settings->Offloads[w].PacketsBeforeOffer, packets);
        }
    }

    string Ask(int port)
    {
        int other = Enumerable.Range(0, _obstacles.Length).FirstOrDefault(candidate => candidate != port && IsUp(candidate), port);
        var rule = new FlowRule
        {
            Family = 4,
            Protocol = IpProtocol.Tcp,
            Hops = 64,
            Egress = _settings->Ports[other].DevicePort,
            SrcPort = 1,
            DstPort = 2,
            NewSrcPort = 3,
            NewDstPort = 2,
        };

        // Addresses of TEST-NET-1 (RFC 5737); nothing is made of them.
        new ReadOnlySpan<byte>([192, 0, 2, 1]).CopyTo(new Span<byte>(rule.Src, 4));
        new ReadOnlySpan<byte>([192, 0, 2, 2]).CopyTo(new Span<byte>(rule.Dst, 4));
        new ReadOnlySpan<byte>([192, 0, 2, 3]).CopyTo(new Span<byte>(rule.NewSrc, 4));
        new ReadOnlySpan<byte>([192, 0, 2, 2]).CopyTo(new Span<byte>(rule.NewDst, 4));
        return FlowRules.Probe(_settings->Ports[port].DevicePort, &rule) < 0 ? Eal.LastErrorText() : "";
    }

    /// <summary>Hands a direction to its device. Null when that is done.</summary>
    HardwareRefusal? Install(HardwareFlowKey key, in OffloadOffer offer)
    {
        if (offer.Edition != _edition)
        {
            return HardwareRefusal.Stale;
        }

        if (_flows.Count >= _options.MostFlows)
        {
            return HardwareRefusal.Full;
        }

        if (_settings->Tracking->Timeouts[offer.TimeoutSlot] < LeastTimeoutTicks)
        {
            return HardwareRefusal.Timeout;
        }

        FlowRule rule = default;
        if (Describe(offer, &rule, out ushort outPort, out ulong neighbour) is { } refusal)
        {
            return refusal;
        }

        if (_installs == 0)
        {
            return HardwareRefusal.Rate;
        }

        _installs--;
        ushort device = _settings->Ports[offer.InPort].DevicePort;
        DeviceFlow* made;
        if (FlowRules.Create(device, &rule, &made) < 0)
        {
            _lastError = Eal.LastErrorText();
            return HardwareRefusal.Device;
        }

        var flow = new HardwareFlow(key, device, made)
        {
            InPort = offer.InPort,
            OutPort = outPort,
            Neighbour = offer.Neighbour,
            Hops = offer.Hops,
            TimeoutSlot = offer.TimeoutSlot,
            LinkBytes = offer.LinkBytes,
            NewLinkBytes = (ushort)(EthernetHeader.ByteSize + (rule.NewVlan != 0 ? VlanTag.ByteSize : 0)),
            SinceTick = _tick,
            DueTick = _tick + PollTicks,
            BusyTick = _tick,
        };
        _flows[key] = flow;
        _looks.Enqueue(flow);
        Hold(offer.Neighbour, neighbour);
        _offloaded++;
        Tell(flow, NoticeKind.Begun, 0, 0);
        return null;
    }

    HardwareRefusal? Describe(in OffloadOffer offer, FlowRule* rule, out ushort outPort, out ulong neighbour)
    {
        RouteImage* routes = ImagePublication.Current<RouteImage>(_settings->Routes);
        InterfaceEntry* input = RouteImage.InterfaceAt(routes, offer.InInterface), output = RouteImage.InterfaceAt(routes, offer.OutInterface);
        outPort = output->Port;
        neighbour = 0;
        if (!TryVlanOf(routes, input, out rule->Vlan) || !TryVlanOf(routes, output, out rule->NewVlan) || input->Port != offer.InPort
            || offer.LinkBytes != EthernetHeader.ByteSize + (rule->Vlan != 0 ? VlanTag.ByteSize : 0))
        {
            return HardwareRefusal.Interface;
        }

        if (_obstacles[offer.InPort] is not "" || outPort >= _obstacles.Length || !IsUp(outPort))
        {
            return HardwareRefusal.Port;
        }

        rule->Egress = _settings->Ports[outPort].DevicePort;
        rule->Family = offer.IsIpv6 != 0 ? (byte)6 : (byte)4;
        rule->Protocol = offer.Protocol;
        rule->SrcPort = offer.SrcPort;
        rule->DstPort = offer.DstPort;
        rule->NewSrcPort = offer.NewSrcPort;
        rule->NewDstPort = offer.NewDstPort;
        fixed (byte* tuples = offer.Src)
        {
            // Source, destination, new source, new destination, in both structs one behind the other.
            Unsafe.CopyBlock(rule->Src, tuples, 4 * 16);
        }

        return offer.Neighbour == 0 ? null : Address(offer, rule, routes, input, output, out neighbour);
    }

    /// <summary>What is routed has a link header of its own on either side, and loses a hop.</summary>
    HardwareRefusal? Address(
        in OffloadOffer offer, FlowRule* rule, RouteImage* routes, InterfaceEntry* input, InterfaceEntry* output, out ulong neighbour)
    {
        neighbour = NeighbourTable.WordOf(_settings->Neighbours, offer.Neighbour);
        if (offer.Hops <= 1 || !NeighbourEntry.IsUsable(neighbour) || (output->Flags & InterfaceFlags.Running) == 0)
        {
            return HardwareRefusal.NextHop;
        }

        if (RouteImage.InterfaceAt(routes, input->Port)->Mtu > output->Mtu)
        {
            return HardwareRefusal.Mtu;
        }

        rule->Hops = offer.Hops;
        LinkHeader.WriteMac(rule->Mac, LinkHeader.OwnMac(input));
        LinkHeader.WriteMac(rule->NewSrcMac, LinkHeader.OwnMac(output));
        LinkHeader.WriteMac(rule->NewDstMac, NeighbourEntry.MacOf(neighbour));
        return null;
    }

    /// <summary>Id of an interface's tag in network order, 0 for a port. False for what is neither a port of its own nor a VLAN on one.</summary>
    static bool TryVlanOf(RouteImage* routes, InterfaceEntry* entry, out ushort vlan)
    {
        vlan = 0;
        InterfaceEntry* port = entry;
        if (entry->Kind == InterfaceKind.Vlan)
        {
            vlan = (ushort)((entry->VlanId >> 8) | (entry->VlanId << 8));
            port = RouteImage.InterfaceAt(routes, entry->Peer);
            if (entry->VlanType != EtherType.Vlan)
            {
                return false;
            }
        }

        return port->Kind == InterfaceKind.Port && port->Bridge == Packet.NoInterface && port->Role is PortRole.Routed or PortRole.Wire;
    }

    bool IsUp(int port) => _settings->Ports[port].Kind == PortKind.Device && Volatile.Read(ref _settings->Ports[port].IsUp) != 0;

    void Hold(ushort neighbour, ulong word)
    {
        if (neighbour != 0)
        {
            NeighbourInUse known = _neighbours.GetValueOrDefault(neighbour);
            _neighbours[neighbour] = known.Flows == 0 ? new NeighbourInUse(word, 1) : known with { Flows = known.Flows + 1 };
        }
    }

    void Release(ushort neighbour)
    {
        if (neighbour == 0)
        {
            return;
        }

        NeighbourInUse known = _neighbours[neighbour];
        if (known.Flows == 1)
        {
            _neighbours.Remove(neighbour);
        }
        else
        {
            _neighbours[neighbour] = known with { Flows = known.Flows - 1 };
        }
    }

    /// <summary>Rules hold the MAC address they were made with: a neighbour that has another, or cannot be reached, ends them.</summary>
    void FollowNeighbours()
    {
        if (_neighbours.Count == 0)
        {
            return;
        }

        foreach ((ushort neighbour, NeighbourInUse known) in _neighbours.ToArray())
        {
            ulong word = NeighbourTable.WordOf(_settings->Neighbours, neighbour);
            if (!NeighbourEntry.IsUsable(word) || NeighbourEntry.MacOf(word) != NeighbourEntry.MacOf(known.Word))
            {
                Remove(flow => flow.Neighbour == neighbour, HardwareEnd.Neighbour);
            }
        }
    }

    /// <param name="Word">As it was when the first of them was made.</param>
    /// <param name="Flows">How many go to it.</param>
    readonly record struct NeighbourInUse(ulong Word, int Flows);
}
