using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory.Publication;
using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting.Routing;

/// <summary>
/// The router that the workers go by: builds the forwarding tables and the image around them and publishes it. Not thread-safe; changes come
/// one after the other, and the next one only when every running worker has taken up the one before.
/// </summary>
sealed unsafe class RouterPublisher : IDisposable
{
    static readonly IPAddress s_limitedBroadcast = IPAddress.Broadcast;
    static readonly IPAddress s_multicast4 = IPAddress.Parse("224.0.0.0");
    static readonly IPAddress s_multicast6 = IPAddress.Parse("ff00::");

    readonly NextHopNumbers _hops = new();
    readonly List<(ForwardingTables Ipv4, ForwardingTables Ipv6)> _tables = [];
    readonly ImagePublisher<RouteImage> _publisher;
    readonly ushort _host;
    byte[] _digest;

    /// <param name="workers">Workers that will read it.</param>
    /// <param name="first">The router to begin with.</param>
    /// <param name="host">Number of the interface that stands for the router itself.</param>
    /// <exception cref="NativeException">No memory for a forwarding table.</exception>
    public RouterPublisher(int workers, RouterSpec first, ushort host)
    {
        _host = host;
        ImageBlock<RouteImage> image = Build(first);
        _digest = DigestOf(image);
        MarkNews(image.Image, first, new RouterSpec());
        _publisher = new ImagePublisher<RouteImage>(workers, image);
        Current = first;
        Commit(first);
    }

    /// <summary>The shared memory, for the workers.</summary>
    public ImagePublication* Publication => _publisher.Publication;

    /// <summary>What was published last.</summary>
    public RouterSpec Current { get; private set; }

    /// <summary>
    /// Builds and publishes; workers see it at their next burst. A router that is the same as before is not published again: every connection would have
    /// to ask for its ways anew.
    /// </summary>
    /// <exception cref="NativeException">No memory for a forwarding table; the router before stays in force.</exception>
    /// <exception cref="ArgumentException">More next hops than there are numbers; likewise.</exception>
    public void Publish(RouterSpec spec)
    {
        using ImageBlock<RouteImage> image = Build(spec);
        byte[] digest = DigestOf(image);
        if (!digest.AsSpan().SequenceEqual(_digest))
        {
            MarkNews(image.Image, spec, Current);
            _publisher.Publish(image);
            _digest = digest;
        }

        Commit(spec);
    }

    /// <summary>Frees images that no worker uses any more. Returns how many still wait.</summary>
    public int Reclaim() => _publisher.Reclaim();

    /// <inheritdoc/>
    public void Dispose()
    {
        _publisher.Dispose();
        foreach ((ForwardingTables ipv4, ForwardingTables ipv6) in _tables)
        {
            ipv4.Dispose();
            ipv6.Dispose();
        }
    }

    /// <summary>Of an image that is not published yet: equal routers give equal bytes.</summary>
    static byte[] DigestOf(ImageBlock<RouteImage> image) => SHA256.HashData(new ReadOnlySpan<byte>(image.Image, checked((int)image.ByteSize)));

    /// <summary>Addresses that were not there before, or behind another MAC address, or whose interface did not run.</summary>
    static void MarkNews(RouteImage* image, RouterSpec spec, RouterSpec before)
    {
        Dictionary<ushort, InterfaceSpec> then = before.Interfaces.ToDictionary(port => port.Number);
        HashSet<ushort> unchanged =
            [.. spec.Interfaces.Where(port => then.TryGetValue(port.Number, out InterfaceSpec? old) && old.IsRunning && old.Mac == port.Mac)
                .Select(port => port.Number)];
        HashSet<(ushort, IPAddress)> known =
            [.. before.Addresses.Where(address => unchanged.Contains(address.Interface)).Select(address => (address.Interface, address.Address))];
        for (uint place = 0; place < image->AddressCount; place++)
        {
            AddressEntry* entry = RouteImage.AddressAt(image, place);
            int bytes = entry->Family == Packets.PacketFamily.Ipv6 ? 16 : 4;
            bool runs = (RouteImage.InterfaceAt(image, entry->Interface)->Flags & InterfaceFlags.Running) != 0;
            entry->IsNews = runs && !known.Contains((entry->Interface, new IPAddress(new ReadOnlySpan<byte>(entry->Address, bytes)))) ? (byte)1 : (byte)0;
        }
    }

    void Commit(RouterSpec spec)
    {
        foreach ((ForwardingTables ipv4, ForwardingTables ipv6) in _tables)
        {
            ipv4.Commit();
            ipv6.Commit();
        }

        Current = spec;
    }

    ImageBlock<RouteImage> Build(RouterSpec spec)
    {
        int tables = 1 + Math.Max(
            spec.Interfaces.Max(port => (int)port.Table), spec.Routes.Select(route => (int)route.Table).DefaultIfEmpty().Max());
        var prefixes = new (Prefixes Ipv4, Prefixes Ipv6)[tables];
        for (int table = 0; table < tables; table++)
        {
            prefixes[table] = ([], []);
        }

        _hops.Begin();
        foreach (RouteSpec route in spec.Routes)
        {
            Of(route.Prefix, route.Table)[(route.Prefix, route.Length)] = _hops.Of(route.NextHop);
        }

        AddOwn(spec, Of);
        _hops.End();
        while (_tables.Count < tables)
        {
            _tables.Add((new ForwardingTables(isIpv6: false), new ForwardingTables(isIpv6: true)));
        }

        List<BuiltTable> built = [];
        for (int table = 0; table < tables; table++)
        {
            ushort default4 = TakeDefault(prefixes[table].Ipv4, IPAddress.Any), default6 = TakeDefault(prefixes[table].Ipv6, IPAddress.IPv6Any);
            built.Add(new BuiltTable(
                _tables[table].Ipv4.Prepare(prefixes[table].Ipv4), _tables[table].Ipv6.Prepare(prefixes[table].Ipv6), default4, default6));
        }

        return RouteImageBuilder.Build(spec, _host, _hops, built);

        Prefixes Of(IPAddress address, ushort table) =>
            address.AddressFamily == AddressFamily.InterNetworkV6 ? prefixes[table].Ipv6 : prefixes[table].Ipv4;
    }

    static ushort TakeDefault(Prefixes prefixes, IPAddress any) => prefixes.Remove((any, 0), out ushort hop) ? hop : (ushort)0;

    /// <summary>
    /// What leads to the router itself, before any route: its addresses, the broadcast addresses of its networks, multicast, and of IPv6 the
    /// subnet-router anycast addresses (RFC 4291 2.6.1). An address of the link alone leads nowhere by a table: every link has the same ones.
    /// </summary>
    void AddOwn(RouterSpec spec, Func<IPAddress, ushort, Prefixes> prefixes)
    {
        if (spec.Addresses.Count == 0)
        {
            return;
        }

        Dictionary<ushort, ushort> tableOf = spec.Interfaces.ToDictionary(port => port.Number, port => port.Table);
        ushort group = _hops.Of(new NextHopSpec(NextHopKind.LocalGroup));
        foreach (ushort table in tableOf.Values.Distinct())
        {
            prefixes(s_limitedBroadcast, table)[(s_limitedBroadcast, 32)] = group;
            prefixes(s_multicast4, table)[(s_multicast4, 4)] = group;
            prefixes(s_multicast6, table)[(s_multicast6, 8)] = group;
        }

        foreach (AddressSpec address in spec.Addresses)
        {
            ushort table = tableOf[address.Interface];
            if (address.Broadcast is { } broadcast && address.Length < 31)
            {
                prefixes(broadcast, table)[(broadcast, 32)] = _hops.Of(new NextHopSpec(NextHopKind.LocalGroup, address.Interface));
            }

            if (address.Address.AddressFamily == AddressFamily.InterNetworkV6 && address.Length < 127 && !address.Address.IsIPv6LinkLocal)
            {
                IPAddress anycast = Masked(address.Address, address.Length);
                prefixes(anycast, table)[(anycast, 128)] = _hops.Of(new NextHopSpec(NextHopKind.Local, address.Interface));
            }
        }

        // Last: an address of the router is its own, whatever else is said of it.
        foreach (AddressSpec address in spec.Addresses.Where(address => !address.Address.IsIPv6LinkLocal))
        {
            int length = address.Address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
            prefixes(address.Address, tableOf[address.Interface])[(address.Address, length)] =
                _hops.Of(new NextHopSpec(NextHopKind.Local, address.Interface));
        }
    }

    static IPAddress Masked(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(bytes);
    }
}
