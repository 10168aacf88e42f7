using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Conntrack.Firewall.Lists;
using Conntrack.Firewall.Matching;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall;

/// <summary>The memory of all workers' rules, owned by the control side: what it takes is fixed at the start and never moves.</summary>
public sealed unsafe class RuleMemories : IDisposable
{
    /// <summary>Addresses that may be listed while the router runs.</summary>
    public const uint MostListed = 1 << 18;

    /// <summary>Values that dst-limit keeps apart, and sources that psd watches.</summary>
    const uint MostRates = 1 << 16, MostScans = 1 << 13;

    /// <summary>Networks, by rule, whose connections are counted at once.</summary>
    const uint MostCounts = 1 << 18;

    const nuint MostStateBytes = (RuleImageBuilder.MostSlot + 1) * RuleState.ByteSize;

    readonly int _workers;
    readonly RuleMemory* _memories;
    readonly ReservedRegion* _states;

    /// <summary>Allocates for a number of workers.</summary>
    /// <param name="workers">One memory for each.</param>
    /// <param name="counters">Where each counts.</param>
    /// <param name="replay">Whether the same packets have to have the same fate every time.</param>
    /// <exception cref="InsufficientMemoryException">The process has not enough address space.</exception>
    public RuleMemories(int workers, RuleCounterTable counters, bool replay)
    {
        _workers = workers;
        _memories = (RuleMemory*)Zeroed((nuint)workers * RuleMemory.ByteSize);
        _states = (ReservedRegion*)NativeMemory.AllocZeroed(1, ReservedRegion.ByteSize);
        if (!ReservedRegion.TryReserve(_states, MostStateBytes))
        {
            NativeMemory.Free(_states);
            NativeMemory.AlignedFree(_memories);
            throw new InsufficientMemoryException("No address space for what rules remember.");
        }

        var rates = (KeyedRates*)Zeroed(KeyedRates.Bytes(MostRates));
        KeyedRates.Initialize(rates, MostRates);
        var scans = (PortScans*)Zeroed(PortScans.Bytes(MostScans));
        PortScans.Initialize(scans, MostScans);
        var listed = (ListedAddresses*)Zeroed(Lists.ListedAddresses.Bytes(MostListed));
        Lists.ListedAddresses.Initialize(listed, MostListed, Secret());
        var counts = (ConnectionCounts*)Zeroed(ConnectionCounts.Bytes(MostCounts));
        ConnectionCounts.Initialize(counts, MostCounts);
        ulong random = replay ? 0 : Secret();
        ulong hash = Secret();
        ulong epoch = replay ? 0 : (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        for (int worker = 0; worker < workers; worker++)
        {
            _memories[worker] = new RuleMemory
            {
                Counters = counters.Of(worker),
                States = (RuleState*)_states->Base,
                Rates = rates,
                Scans = scans,
                Listed = listed,
                Counts = counts,
                Log = (RuleLog*)Zeroed(RuleLog.ByteSize),
                RandomKey = random + ((ulong)worker << 32),
                HashKey = hash,
                Epoch = epoch,
            };
        }
    }

    /// <summary>A worker's; the others' follow it.</summary>
    public RuleMemory* Of(int worker) => _memories + worker;

    /// <summary>Makes room for slots 0 to <paramref name="slots"/> - 1. To be called before an image is published.</summary>
    /// <exception cref="InsufficientMemoryException">The machine has not enough memory.</exception>
    public void Hold(uint slots)
    {
        if (!_states->Commit(slots * (nuint)RuleState.ByteSize))
        {
            throw new InsufficientMemoryException($"No memory for what {slots} rules remember.");
        }
    }

    /// <summary>Every address listed while the router ran.</summary>
    public List<ListedAddress> Listed(ulong now) => Lists.ListedAddresses.All(_memories->Listed, now);

    /// <summary>Lists an address, host order. False when there is no room for it.</summary>
    public bool Add(ushort list, bool isIpv6, UInt128 address, ListedFor listedFor, TimeSpan timeout, ulong now)
    {
        byte* header = stackalloc byte[16];
        uint ticks = (uint)Math.Clamp(timeout.Ticks / (TimeSpan.TicksPerSecond / Timestamp.TicksPerSecond), 0, Timestamp.MaxTicks);
        return Lists.ListedAddresses.Add(_memories->Listed, list, Write(header, isIpv6, address), header, listedFor, ticks, now);
    }

    /// <summary>Ends an entry. False when there is none.</summary>
    public bool Remove(ushort list, bool isIpv6, UInt128 address, ulong now)
    {
        byte* header = stackalloc byte[16];
        return Lists.ListedAddresses.Remove(_memories->Listed, list, Write(header, isIpv6, address), header, now);
    }

    /// <summary>Packets of all workers that found the log full.</summary>
    public ulong LostLogRecords()
    {
        ulong lost = 0;
        for (int worker = 0; worker < _workers; worker++)
        {
            lost += Volatile.Read(ref _memories[worker].Log->Lost);
        }

        return lost;
    }

    /// <summary>Gives the memory back. Workers must have stopped.</summary>
    public void Dispose()
    {
        if (_states->Base == null)
        {
            return;
        }

        NativeMemory.AlignedFree(_memories->Rates);
        NativeMemory.AlignedFree(_memories->Scans);
        NativeMemory.AlignedFree(_memories->Listed);
        NativeMemory.AlignedFree(_memories->Counts);
        for (int worker = 0; worker < _workers; worker++)
        {
            NativeMemory.AlignedFree(_memories[worker].Log);
        }

        _states->Release();
        NativeMemory.AlignedFree(_memories);
    }

    static PacketFamily Write(byte* header, bool isIpv6, UInt128 address)
    {
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(header, 16), isIpv6 ? address : address << 96);
        return isIpv6 ? PacketFamily.Ipv6 : PacketFamily.Ipv4;
    }

    static ulong Secret() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    static void* Zeroed(nuint bytes)
    {
        void* memory = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }
}
