using System.Net;
using System.Net.Sockets;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.Dataplane.Routing;
using Conntrack.Memory;
using Conntrack.Packets;

namespace Conntrack.Dataplane.Hosting;

/// <content>
/// The neighbours that all workers share. The control side changes the table as a worker does: it becomes the writer for a moment.
/// </content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>Times that a neighbour is tried to be added: slots that rest become free within two seconds.</summary>
    const int Attempts = 3000;

    IReadOnlyList<NeighbourSpec> _neighbours = [];

    /// <summary>Every neighbour as of <paramref name="now"/>, in order of interface and address.</summary>
    public List<NeighbourSnapshot> Neighbours(ulong now)
    {
        NeighbourTable* table = _settings->Neighbours;
        List<NeighbourSnapshot> neighbours = [];
        for (uint slot = 1; slot <= table->Capacity; slot++)
        {
            NeighbourEntry entry = *NeighbourTable.At(table, slot);
            ulong word = NeighbourTable.WordOf(table, slot);
            NeighbourState state = NeighbourEntry.StateOf(word);
            if (state == NeighbourState.None || entry.Life != NeighbourTable.At(table, slot)->Life)
            {
                continue;
            }

            int bytes = entry.Family == PacketFamily.Ipv4 ? 4 : 16;
            var address = new IPAddress(new ReadOnlySpan<byte>(entry.Address, bytes));
            ulong mac = NeighbourEntry.IsUsable(word) ? NumberOf(word) : 0;
            uint ticks = Math.Max(Timestamp.Tick(now), entry.Confirmed) - entry.Confirmed;
            neighbours.Add(new NeighbourSnapshot(entry.Interface, address, mac, state, TimeSpan.FromMilliseconds(ticks * 10.0))
            {
                IsRouter = entry.IsRouter != 0,
            });
        }

        return [.. neighbours.OrderBy(n => n.Interface).ThenBy(n => n.Address.AddressFamily).ThenBy(n => n.Address.GetAddressBytes(), ByteOrder.Instance)];
    }

    /// <summary>Forgets one neighbour that was learned. False when there is none, or it is configured.</summary>
    public bool RemoveNeighbour(ushort port, IPAddress address)
    {
        lock (_changes)
        {
            byte* key = stackalloc byte[16];
            ushort slot = SlotOf(port, address, key);
            bool isLearned = slot != 0 && NeighbourEntry.StateOf(NeighbourTable.WordOf(_settings->Neighbours, slot)) != NeighbourState.Permanent;
            if (isLearned)
            {
                Remove(slot);
            }

            return isLearned;
        }
    }

    /// <summary>Forgets the neighbours that were learned on an interface. Returns how many.</summary>
    public int FlushNeighbours(ushort port)
    {
        lock (_changes)
        {
            return Flush(port);
        }
    }

    /// <summary>What each worker has asked and heard.</summary>
    public IReadOnlyList<NeighbourCounters> NeighbourCounters()
    {
        var counters = new NeighbourCounters[_settings->Workers];
        for (int w = 0; w < counters.Length; w++)
        {
            WorkerState* state = _settings->WorkerStates + w;
            counters[w] = new NeighbourCounters(
                Volatile.Read(ref state->NeighbourQuestions), Volatile.Read(ref state->NeighbourAnswers), Volatile.Read(ref state->NeighboursFailed),
                Volatile.Read(ref state->AddressConflicts), Volatile.Read(ref state->Dropped[(int)DropReason.NeighbourQueueFull]));
        }

        return counters;
    }

    /// <summary>The configured neighbours are these from now on; interfaces that no longer run lose those they had learned.</summary>
    void SetNeighbours(RouterSpec before, RouterSpec router)
    {
        byte* key = stackalloc byte[16];
        HashSet<(ushort, IPAddress)> kept = [.. router.Neighbours.Select(neighbour => (neighbour.Interface, neighbour.Address))];
        foreach (NeighbourSpec gone in _neighbours.Where(old => !kept.Contains((old.Interface, old.Address))))
        {
            ushort slot = SlotOf(gone.Interface, gone.Address, key);
            if (slot != 0)
            {
                Remove(slot);
            }
        }

        foreach (NeighbourSpec neighbour in router.Neighbours)
        {
            Set(neighbour);
        }

        _neighbours = router.Neighbours;
        foreach (InterfaceSpec port in before.Interfaces.Where(port => port.IsRunning))
        {
            if (!router.Interfaces.Any(now => now.Number == port.Number && now.IsRunning))
            {
                Flush(port.Number);
            }
        }
    }

    void Set(NeighbourSpec neighbour)
    {
        NeighbourTable* table = _settings->Neighbours;
        ulong word = NeighbourEntry.WordOf(NumberOf(neighbour.Mac), NeighbourState.Permanent);
        byte* key = stackalloc byte[16];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            ushort slot = SlotOf(neighbour.Interface, neighbour.Address, key);
            ulong before = slot == 0 ? 0 : NeighbourTable.WordOf(table, slot);
            if (slot != 0 && (NeighbourEntry.SameLife(before, 0) == word || NeighbourTable.Change(table, slot, before, word, NowTick)))
            {
                return;
            }

            if (slot == 0 && NeighbourTable.Add(table, neighbour.Interface, FamilyOf(neighbour.Address), key, word, NowTick, uint.MaxValue) == 0)
            {
                Thread.Sleep(1);
            }
        }

        throw new InvalidOperationException($"There is no room for neighbour {neighbour.Address} among {table->Count} of {table->Capacity}.");
    }

    int Flush(ushort port)
    {
        NeighbourTable* table = _settings->Neighbours;
        int count = 0;
        for (uint slot = 1; slot <= table->Capacity; slot++)
        {
            NeighbourState state = NeighbourEntry.StateOf(NeighbourTable.WordOf(table, slot));
            if (state is not (NeighbourState.None or NeighbourState.Permanent) && NeighbourTable.At(table, slot)->Interface == port)
            {
                Remove((ushort)slot);
                count++;
            }
        }

        return count;
    }

    void Remove(ushort slot)
    {
        uint life = NeighbourTable.At(_settings->Neighbours, slot)->Life;
        while (!NeighbourTable.Remove(_settings->Neighbours, slot, life, NowTick))
        {
            Thread.Sleep(0);
        }
    }

    ushort SlotOf(ushort port, IPAddress address, byte* key)
    {
        new Span<byte>(key, 16).Clear();
        address.TryWriteBytes(new Span<byte>(key, 16), out _);
        return NeighbourTable.Find(_settings->Neighbours, port, FamilyOf(address), key);
    }

    uint NowTick => Options.Replay ? 1 : Timestamp.Tick(Now);

    static PacketFamily FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4;

    /// <summary>Six bytes the other way round: as they stand in a frame, or as a number.</summary>
    static ulong NumberOf(ulong mac) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(mac << 16);

    sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
