using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Firewall;
using Conntrack.Testing;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests.Routing;

/// <summary>
/// A router of three interfaces over frames from memory, two hosts on each link whose MAC addresses it knows:
/// 10.N.0.1/24 and 2001:db8:N::1/64 on interface N, hosts .2 and .3 (::2, ::3) with MAC 02:01:00:00:0N:0H; whatever else lies behind host 2 of
/// interface 2.
/// </summary>
sealed class RouterRig : IDisposable
{
    static int s_rigs;

    readonly FrameSession _session;
    TimeSpan _now;

    public RouterRig(
        DataplaneRuntime runtime, Func<RouterSpec, RouterSpec>? change = null, int burst = 32, uint entries = TrackingDefaults.MaxEntries, int workers = 1, TrackingParameters? tracking = null,
        params RuleSpec[] rules)
    {
        Spec = (change ?? (static spec => spec))(Default());
        _session = new FrameSession(
            new DataplaneOptions
            {
                Runtime = runtime,
                BurstSize = burst,
                Workers = workers,
                Tracking = tracking ?? TrackingDefaults.Parameters(entries),
                Interfaces = [.. Enumerable.Range(0, 3).Select(_ => new InterfaceOptions(PortKind.Capture, 0, PortRole.Routed))],
            },
            $"router{Interlocked.Increment(ref s_rigs)}");
        _session.WorkerOf = _ => Worker;
        _session.PublishRouter(Spec);
        _session.PublishRules(rules);
        Buffers = _session.AvailableBuffers;
    }

    /// <summary>The worker that the next frames come to.</summary>
    public int Worker { get; set; }

    /// <summary>Frames that all workers have handed to each other.</summary>
    public int HandedOver => _session.Dataplane.WorkerCounters().Sum(worker => (int)worker.HandedOver);

    /// <summary>The router in force.</summary>
    public RouterSpec Spec { get; private set; }

    public FrameSession Session => _session;

    /// <summary>Packet buffers before the first frame.</summary>
    public uint Buffers { get; }

    public static RouterSpec Default() => new()
    {
        Interfaces =
        [
            .. Enumerable.Range(0, 3).Select(n => new InterfaceSpec((ushort)n, InterfaceKind.Port, PortRole.Routed)
            {
                Port = (ushort)n,
                Mac = 0x0200_0000_0000ul + (uint)n,
            }),
        ],
        Addresses =
        [
            .. Enumerable.Range(0, 3).SelectMany(n => new AddressSpec[]
            {
                new((ushort)n, IPAddress.Parse($"10.{n}.0.1"), 24, IPAddress.Parse($"10.{n}.0.255")),
                new((ushort)n, IPAddress.Parse($"2001:db8:{n}::1"), 64),
                new((ushort)n, IPAddress.Parse($"fe80::{n}:1"), 64),
            }),
        ],
        Routes =
        [
            .. Enumerable.Range(0, 3).SelectMany(n => new RouteSpec[]
            {
                new(0, IPAddress.Parse($"10.{n}.0.0"), 24, new NextHopSpec(NextHopKind.Connected, (ushort)n)),
                new(0, IPAddress.Parse($"2001:db8:{n}::"), 64, new NextHopSpec(NextHopKind.Connected, (ushort)n)),
            }),
            new(0, IPAddress.Any, 0, new NextHopSpec(NextHopKind.Gateway, 2, IPAddress.Parse("10.2.0.2"))),
            new(0, IPAddress.IPv6Any, 0, new NextHopSpec(NextHopKind.Gateway, 2, IPAddress.Parse("2001:db8:2::2"))),
        ],
        Neighbours =
        [
            .. from n in Enumerable.Range(0, 3)
               from h in (int[])[2, 3]
               from address in (string[])[$"10.{n}.0.{h}", $"2001:db8:{n}::{h}", $"fe80::{n}:{h}"]
               select new NeighbourSpec((ushort)n, IPAddress.Parse(address), MacOf(n, h)),
        ],
    };

    /// <summary>MAC address of a host as a number.</summary>
    public static ulong MacOf(int port, int host) => 0x0201_0000_0000ul + ((uint)port << 8) + (uint)host;

    /// <summary>A frame from a host to the router's interface.</summary>
    public static Frame From(int port, int host = 2) => new(Bytes(0x0200_0000_0000ul + (uint)port), Bytes(MacOf(port, host)));

    public static byte[] Bytes(ulong mac) => [.. Enumerable.Range(0, 6).Select(i => (byte)(mac >> (8 * (5 - i))))];

    /// <summary>Puts a changed router in force.</summary>
    public void Change(Func<RouterSpec, RouterSpec> change) => _session.PublishRouter(Spec = change(Spec));

    /// <summary>The way that the latest frame took, see <see cref="TraceItem.Path"/>.</summary>
    public int LastPath { get; private set; }

    /// <summary>Time for what comes next.</summary>
    public void Wait(TimeSpan time) => _now += time;

    /// <summary>Frames that come in one burst on one interface; what became of each.</summary>
    public TraceItem[] Run(int port, params byte[][] frames) =>
        [.. _session.Run([.. frames.Select(frame => new InputFrame(_now, port, frame))])];

    /// <summary>One frame, and what the router sent because of it.</summary>
    public (TraceItem Fate, IReadOnlyList<SentFrame> Sent) Send(int port, byte[] frame)
    {
        TraceItem fate = Run(port, frame)[0];
        LastPath = fate.Path;
        return (fate, [.. _session.Sent]);
    }

    /// <summary>The books balance, and every buffer is back except those that are held.</summary>
    public void Dispose()
    {
        DataplaneCounters counters = _session.Counters();
        ulong dropped = 0;
        foreach (ulong count in counters.Dropped.Values)
        {
            dropped += count;
        }

        Assert.Equal(counters.Received + counters.Generated, counters.Sent + counters.Consumed + dropped + counters.Held);
        if (counters.Held == 0)
        {
            Assert.Equal(Buffers, _session.AvailableBuffers);
        }

        _session.Dispose();
    }
}
