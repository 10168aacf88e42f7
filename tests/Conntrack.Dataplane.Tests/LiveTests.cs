using System.Net;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Tests.Replays;
using Conntrack.Tracking;

namespace Conntrack.Dataplane.Tests;

/// <summary>What may be done to a dataplane while its worker forwards: settings replaced, connections listed and ended.</summary>
[Collection(Dpdk.Collection)]
public sealed class LiveTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Tracking goes off: not one packet that comes after the call is counted to a connection.</summary>
    [Theory, Runtimes]
    public void Settings_are_in_force_when_the_call_returns(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        rig.Dataplane.ReplaceTracking(Lasting());
        rig.Dataplane.Remove([.. rig.Dataplane.LiveConnections().Select(connection => connection.Identity)]);
        rig.WaitFor(rig.Dataplane.Counters().Received + 10_000, s_patience);
        for (int n = 0; n < 20; n++)
        {
            rig.Dataplane.ReplaceTracking(Lasting() with { Enabled = 0 });
            ulong tracked = Tracked(rig);
            ulong created = rig.Dataplane.Tables().Created;
            rig.WaitFor(rig.Dataplane.Counters().Received + 1000, s_patience);
            Assert.Equal(tracked, Tracked(rig));
            Assert.Equal(created, rig.Dataplane.Tables().Created);

            rig.Dataplane.ReplaceTracking(Lasting());
            rig.WaitFor(rig.Dataplane.Counters().Received + 1000, s_patience);
            Assert.NotEqual(tracked, Tracked(rig));
        }
    }

    [Theory, Runtimes]
    public void A_limit_reaches_the_tables(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters(maxEntries: 1));
        rig.WaitFor(rig.Dataplane.Counters().Received + 10_000, s_patience);
        Assert.Contains(Packets.DropReason.TableFull, rig.Dataplane.Counters().Dropped.Keys);
        Assert.Throws<ArgumentOutOfRangeException>(() => rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters(maxEntries: TrackingDefaults.MaxEntries + 1)));
    }

    [Theory, Runtimes]
    public void Connections_end_when_they_are_asked_to_and_only_once(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        rig.Dataplane.ReplaceTracking(TrackingDefaults.Parameters() with { Enabled = 0 });
        LiveConnection[] connections = [.. rig.Dataplane.LiveConnections()];
        Assert.Contains(connections, connection => connection.Snapshot.IsIpv6);
        Assert.Contains(connections, connection => !connection.Snapshot.IsIpv6);
        Assert.Equal(connections.Length, connections.Select(connection => connection.Identity.Value).Distinct().Count());

        ConnectionIdentity[] half = [.. connections.Where((_, i) => i % 2 == 0).Select(connection => connection.Identity)];
        TableTotals before = rig.Dataplane.Tables();
        Assert.Equal(half.Length, rig.Dataplane.Remove(half));
        Assert.Equal(0, rig.Dataplane.Remove(half));
        TableTotals after = rig.Dataplane.Tables();
        Assert.Equal(before.Removed + (ulong)half.Length, after.Removed);
        Assert.Equal(
            connections.Select(connection => connection.Identity).Except(half),
            rig.Dataplane.LiveConnections().Select(connection => connection.Identity));

        // Nobody is harmed by an identity that never was.
        Assert.Equal(0, rig.Dataplane.Remove([default, new ConnectionIdentity(0, false, 1, uint.MaxValue), new ConnectionIdentity(7, true, 1, 1)]));
    }

    /// <summary>More addresses go than a mailbox holds commands, and nobody waits for the flush of the last ones.</summary>
    [Theory, Runtimes]
    public void Connections_end_while_those_masqueraded_to_lost_addresses_are_sought(DataplaneRuntime runtime)
    {
        using var rig = new WorkerRig(runtime);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        RouterSpec spec = new()
        {
            Interfaces = [.. Enumerable.Range(0, 2).Select(n => new InterfaceSpec((ushort)n, InterfaceKind.Port, PortRole.Wire) { Port = (ushort)n })],
        };
        rig.Dataplane.PublishRouter(spec with
        {
            Addresses = [.. Enumerable.Range(1, 3 * (int)Mailbox.Capacity).Select(n => new AddressSpec(0, new IPAddress([10, 9, (byte)(n >> 8), (byte)n]), 32))],
        });
        ConnectionIdentity[] connections = [.. rig.Dataplane.LiveConnections().Select(connection => connection.Identity).Take((int)Mailbox.Capacity)];
        rig.Dataplane.PublishRouter(spec);
        Assert.NotEqual(0, rig.Dataplane.Remove([.. connections, .. Enumerable.Repeat(default(ConnectionIdentity), (int)Mailbox.Capacity)]));
    }

    [Fact]
    public void The_list_is_in_order_of_creation()
    {
        using var rig = new WorkerRig(DataplaneRuntime.Aot);
        rig.Start();
        rig.WaitFor(100_000, s_patience);
        ConnectionSnapshot[] connections = [.. rig.Dataplane.LiveConnections().Select(connection => connection.Snapshot)];
        Assert.NotEmpty(connections);
        Assert.Equal(connections.OrderBy(c => c.StartTick).ThenBy(c => c.Creation), connections);
    }

    /// <summary>Nothing ends by itself while a test counts.</summary>
    static TrackingParameters Lasting()
    {
        const uint Day = 24 * 3600 * Memory.Timestamp.TicksPerSecond;
        TrackingParameters parameters = TrackingDefaults.Parameters();
        for (int slot = 0; slot < (int)TimeoutSlot.Count; slot++)
        {
            parameters.SetTimeout(slot, Day);
        }

        return parameters;
    }

    /// <summary>Packets of all connections there are.</summary>
    static ulong Tracked(WorkerRig rig) =>
        rig.Dataplane.LiveConnections().Aggregate(0ul, (sum, c) => sum + c.Snapshot.OriginalCounters.Packets + c.Snapshot.ReplyCounters.Packets);
}
