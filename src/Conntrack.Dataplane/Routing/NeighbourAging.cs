using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Routing;

/// <summary>
/// What time does to neighbours, worker 0's matter (RFC 4861 7.3.2): who was not confirmed for long becomes stale; who is used all the same is
/// asked, himself, while packets go on to him; who does not answer has failed, and who nobody uses is forgotten. A bounded slice after every
/// burst, every neighbour once a second.
/// </summary>
/// <remarks>Where captures are replayed nobody can be asked, and who was seen once stays known.</remarks>
sealed unsafe class NeighbourAging(Worker worker)
{
    /// <summary>Neighbours looked at after a burst: as many cache lines, some 0.2 µs when they are there.</summary>
    const uint SliceSize = 32;

    const uint SweepTicks = Timestamp.TicksPerSecond;

    /// <summary>DELAY_FIRST_PROBE_TIME of RFC 4861 10: 5 s.</summary>
    const uint DelayTicks = 5 * Timestamp.TicksPerSecond;

    /// <summary>Stale and not used: 10 minutes.</summary>
    const uint IdleTicks = 600 * Timestamp.TicksPerSecond;

    /// <summary>Between two editions on account of slots that change hands: a minute, a second when slots run short.</summary>
    const uint TurnTicks = 60 * Timestamp.TicksPerSecond, HurryTicks = Timestamp.TicksPerSecond;

    /// <summary>Addresses announced after a burst.</summary>
    const uint AnnounceSlice = 16;

    uint _started;
    uint _next;
    ulong _announcing;
    uint _nextAddress;

    /// <summary>After a burst.</summary>
    public void Slice(ulong now)
    {
        NeighbourTable* table = worker.Neighbours;
        RouteImage* routes = worker.Routes;
        uint tick = Timestamp.Tick(now);
        if ((routes->Switches & RouterSwitches.LearnSources) != 0)
        {
            NeighbourTable.Turn(table, tick, 0);
            return;
        }

        if (worker.Feed == null)
        {
            Announce(now);
        }

        if (_next == 0)
        {
            if (tick - _started < SweepTicks)
            {
                return;
            }

            _started = tick;
            _next = 1;
            NeighbourTable.Turn(table, tick, NeighbourTable.IsShort(table) ? HurryTicks : TurnTicks);
        }

        uint end = Math.Min(_next + SliceSize, NeighbourTable.HighWater(table) + 1);
        for (; _next < end; _next++)
        {
            Look((ushort)_next, now);
        }

        _next = _next > NeighbourTable.HighWater(table) ? 0 : _next;
    }

    void Look(ushort slot, ulong now)
    {
        NeighbourTable* table = worker.Neighbours;
        NeighbourEntry* entry = NeighbourTable.At(table, slot);
        ulong word = Volatile.Read(ref entry->Word);
        uint tick = Timestamp.Tick(now);
        switch (NeighbourEntry.StateOf(word))
        {
            case NeighbourState.Reachable when tick - entry->Confirmed >= worker.Routes->ReachableTicks:
                NeighbourTable.Change(table, slot, word, Becoming(word, NeighbourState.Stale), tick);
                break;
            case NeighbourState.Stale when entry->Used != 0 && (int)(entry->Used - entry->Changed) > 0:
                if (Neighbours.MayAsk(worker.Routes, entry->Interface, entry->Family))
                {
                    NeighbourTable.Change(table, slot, word, Becoming(word, NeighbourState.Delay), tick);
                }

                break;
            case NeighbourState.Stale when tick - entry->Changed >= IdleTicks && (entry->Used == 0 || tick - entry->Used >= IdleTicks):
                NeighbourTable.Remove(table, slot, entry->Life, tick);
                break;
            case NeighbourState.Delay when tick - entry->Changed >= DelayTicks:
                entry->Questions = 0;
                if (NeighbourTable.Change(table, slot, word, Becoming(word, NeighbourState.Probe), tick))
                {
                    Ask(slot, word, now);
                }

                break;
            case NeighbourState.Probe when tick - Timestamp.Tick(entry->Asked) >= Neighbours.QuestionTicks:
                if (entry->Questions < Neighbours.MostQuestions)
                {
                    Ask(slot, word, now);
                }
                else if (NeighbourTable.Fail(table, slot, word, tick))
                {
                    worker.State->NeighboursFailed++;
                }

                break;
        }
    }

    void Ask(ushort slot, ulong word, ulong now)
    {
        Packet cause = Cause(now);
        Volatile.Write(ref NeighbourTable.At(worker.Neighbours, slot)->Asked, now);
        Neighbours.Ask(worker, worker.Routes, slot, NeighbourEntry.MacOf(word), &cause);
    }

    /// <summary>Addresses that are new, or whose interface has come up or got another MAC address, are announced once.</summary>
    void Announce(ulong now)
    {
        RouteImage* routes = worker.Routes;
        if (_announcing != routes->Header.Generation)
        {
            _announcing = routes->Header.Generation;
            _nextAddress = 0;
        }

        for (uint end = Math.Min(_nextAddress + AnnounceSlice, routes->AddressCount); _nextAddress < end; _nextAddress++)
        {
            AddressEntry* address = RouteImage.AddressAt(routes, _nextAddress);
            if (address->IsNews == 0)
            {
                continue;
            }

            Packet cause = Cause(now);
            if (address->Family == PacketFamily.Ipv6)
            {
                Discovery.Announce(worker, address->Interface, address->Address, &cause);
            }
            else if (RouteImage.InterfaceAt(routes, address->Interface)->Arp != ArpMode.Disabled)
            {
                Arp.Announce(worker, address->Interface, *(uint*)address->Address, &cause);
            }
        }
    }

    Packet Cause(ulong now) => new() { Time = now, Number = worker.Feed == null ? 0 : worker.Feed->FirstNumber };

    static ulong Becoming(ulong word, NeighbourState state) => NeighbourEntry.WordOf(NeighbourEntry.MacOf(word), state);
}
