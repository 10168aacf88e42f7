using System.Buffers.Binary;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Hosting;

/// <content>The router that the workers are: interfaces, addresses, routes.</content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>The router in force, the interface that stands for itself included.</summary>
    public RouterSpec Router => _router.Current;

    /// <summary>
    /// Number of the interface that stands for the router itself: the port with role <see cref="PortRole.Host"/>, behind which the host's own
    /// programs are, or the number behind the last port.
    /// </summary>
    public ushort HostInterface => _hostInterface;

    /// <summary>
    /// Puts a router in force. When this returns every running worker goes by it; what workers remembered of routes they ask for again.
    /// </summary>
    /// <param name="router">Interfaces, every port among them; that of the router itself may be.</param>
    /// <exception cref="NativeException">No memory for a forwarding table; the router before stays in force.</exception>
    /// <exception cref="ArgumentException">More next hops than there are numbers; likewise.</exception>
    /// <exception cref="TimeoutException">A worker hangs.</exception>
    public void PublishRouter(RouterSpec router)
    {
        lock (_changes)
        {
            RouterSpec before = _router.Current;
            Change(() => _router.Publish(WithHost(router)));
            SetNeighbours(before, router);
            WaitForWorkers();
            FlushMasqueraded(before, router);
            Undisturbed(_router.Reclaim);
        }
    }

    /// <summary>
    /// Connections that were masqueraded to an address the router has no more, or not on an interface that runs, end: their answers would come to
    /// nobody. Workers do it on their own time; by now none makes new ones.
    /// </summary>
    void FlushMasqueraded(RouterSpec before, RouterSpec router)
    {
        foreach (AddressSpec lost in InUse(before).Except(InUse(router)))
        {
            byte[] bytes = lost.Address.GetAddressBytes();
            bool isIpv6 = bytes.Length == 16;
            var command = new Command
            {
                Kind = CommandKind.FlushMasqueraded,
                IsIpv6 = isIpv6 ? (byte)1 : (byte)0,
                Address = isIpv6 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes),
            };
            for (int worker = 0; worker < _settings->Workers; worker++)
            {
                Send(worker, command);
            }
        }
    }

    static IEnumerable<AddressSpec> InUse(RouterSpec router)
    {
        HashSet<ushort> running = [.. router.Interfaces.Where(port => port.IsRunning).Select(port => port.Number)];
        return router.Addresses
            .Where(address => running.Contains(address.Interface))
            .Select(address => new AddressSpec(address.Interface, address.Address, 0));
    }

    RouterSpec WithHost(RouterSpec router) => router with
    {
        Interfaces =
        [
            .. router.Interfaces.Where(port => port.Number != _hostInterface),
            router.Interfaces.FirstOrDefault(port => port.Number == _hostInterface && port.Kind == InterfaceKind.Host)
                ?? new InterfaceSpec(_hostInterface, InterfaceKind.Host, PortRole.Host)
                {
                    Port = _hostInterface < Options.Interfaces.Count ? _hostInterface : Packet.NoInterface,
                    Mtu = ushort.MaxValue,
                },
        ],
    };

    static ushort HostInterfaceOf(DataplaneOptions options)
    {
        for (int port = 0; port < options.Interfaces.Count; port++)
        {
            if (options.Interfaces[port].Role == PortRole.Host)
            {
                return (ushort)port;
            }
        }

        return (ushort)options.Interfaces.Count;
    }

    static RouterSpec RouterOf(DataplaneOptions options) => new()
    {
        Interfaces =
        [
            .. options.Interfaces.Select((port, number) => new InterfaceSpec((ushort)number, InterfaceKind.Port, port.Role)
            {
                Port = (ushort)number,
                Peer = port.WirePeer,
                AnyMac = options.Replay,
            }),
        ],
    };
}
