using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Memory;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Dataplane.Hosting;

/// <content>
/// Connections while workers run. A list is made in two steps, so that a million connections cost 16 bytes each and not a copy each: who is there, in
/// order, and then one after the other as it is when its turn comes.
/// </content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>Every connection of every worker, in order of creation, each copied as it is handed out; one that ends before is left out.</summary>
    public IEnumerable<LiveConnection> LiveConnections() => Read(Identities());

    /// <summary>What is there of these connections now.</summary>
    public IEnumerable<LiveConnection> Read(IEnumerable<ulong> identities)
    {
        foreach (ulong identity in identities)
        {
            if (TryRead(ConnectionIdentity.FromValue(identity), out LiveConnection connection))
            {
                yield return connection;
            }
        }
    }

    /// <summary>Every connection's identity, in order of creation.</summary>
    public ulong[] Identities()
    {
        ulong now = Now;
        int expected = 1024;
        for (uint t = 0; t < 2 * _settings->Workers; t++)
        {
            expected += (int)_settings->Tables[t]->Records.Count;
        }

        var order = new CreationOrder(Timestamp.Tick(now), expected);
        for (int w = 0; w < _settings->Workers; w++)
        {
            TableView* table4 = _settings->WorkerStates[w].Connections4;
            for (uint n = 1; n <= table4->Records.HighWater; n++)
            {
                Connection* connection = &((Connection4*)table4->Records.Base + n)->Connection;
                if (ConnectionReader.TryGlance(table4, connection, n, now, out ConnectionGlance glance))
                {
                    order.Add(glance, new ConnectionIdentity(w, false, glance.Generation, n));
                }
            }

            TableView* table6 = _settings->WorkerStates[w].Connections6;
            for (uint n = 1; n <= table6->Records.HighWater; n++)
            {
                Connection* connection = &((Connection6*)table6->Records.Base + n)->Connection;
                if (ConnectionReader.TryGlance(table6, connection, n, now, out ConnectionGlance glance))
                {
                    order.Add(glance, new ConnectionIdentity(w, true, glance.Generation, n));
                }
            }
        }

        return order.Sorted();
    }

    /// <summary>One connection. False when it has ended.</summary>
    public bool TryRead(ConnectionIdentity identity, out LiveConnection connection)
    {
        connection = default;
        if ((uint)identity.Worker >= _settings->Workers || identity.Record == 0)
        {
            return false;
        }

        WorkerState* state = _settings->WorkerStates + identity.Worker;
        TableView* table = identity.IsIpv6 ? state->Connections6 : state->Connections4;
        if (identity.Record > table->Records.HighWater)
        {
            return false;
        }

        ulong now = Now;
        FlowLookup flows = FlowsOf(state, identity.IsIpv6);
        ConnectionSnapshot snapshot;
        bool found = identity.IsIpv6
            ? ConnectionReader.TryRead6(table, flows, identity.Record, now, out snapshot)
            : ConnectionReader.TryRead4(table, flows, identity.Record, now, out snapshot);
        if (!found || snapshot.Generation != identity.Generation)
        {
            return false;
        }

        connection = new LiveConnection(identity, snapshot with { Rates = _survey.RatesOf(identity, snapshot, now) });
        return true;
    }

    static FlowLookup FlowsOf(WorkerState* state, bool isIpv6) => FlowLookup.Of(isIpv6 ? state->Flows6 : state->Flows4);

    /// <summary>
    /// Identities by age, then by the number of the packet that opened the connection; both wrap, so both are distances. Keys are sorted, not
    /// connections.
    /// </summary>
    sealed class CreationOrder(uint tick, int expected)
    {
        /// <summary>Workers go on while their tables are looked at: what they open meanwhile is younger than now, and the last of all.</summary>
        const uint Ahead = 600 * Timestamp.TicksPerSecond;

        readonly List<ulong> _keys = new(expected);
        readonly List<ulong> _identities = new(expected);
        uint _reference;

        public void Add(ConnectionGlance glance, ConnectionIdentity identity)
        {
            _reference = _keys.Count == 0 ? glance.Creation - (1u << 31) : _reference;
            _keys.Add((ulong)(uint.MaxValue - (tick + Ahead - glance.StartTick)) << 32 | (glance.Creation - _reference));
            _identities.Add(identity.Value);
        }

        public ulong[] Sorted()
        {
            CollectionsMarshal.AsSpan(_keys).Sort(CollectionsMarshal.AsSpan(_identities));
            return [.. _identities];
        }
    }
}
