using System.Numerics;
using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Microbench;

/// <summary>A table full of established connections, and packets of them in random order, both directions.</summary>
sealed unsafe class Traffic : IDisposable
{
    /// <summary>Packets of a burst, as the worker has them.</summary>
    public const int Burst = 32;

    readonly FlowHash* _hash = Keyed();

    /// <summary>One header for all: ten bytes of data sent again and again, acknowledged up to the SYN.</summary>
    readonly TcpHeader* _tcp = (TcpHeader*)NativeMemory.AlignedAlloc(64, 64);
    readonly byte _protocol;
    readonly uint _connections;
    readonly uint _firstFlow;
    ulong _microseconds = 1;
    ulong _random = 0x9E3779B97F4A7C15;

    /// <summary>Opens connections 0 to <paramref name="connections"/> - 1.</summary>
    /// <param name="connections">Connections in the table.</param>
    /// <param name="protocol">UDP or TCP.</param>
    /// <param name="firstFlow">Number of the first flow that packets are of; at <paramref name="connections"/> all of them miss.</param>
    public Traffic(uint connections, byte protocol, uint firstFlow = 0)
    {
        _protocol = protocol;
        _connections = connections;
        _firstFlow = firstFlow;
        Table = new ConnectionTable<Connection4>(_hash, 1 << 21, 1 << 21);
        Parameters = (TrackingParameters*)NativeMemory.AlignedAlloc((nuint)sizeof(TrackingParameters), 64);
        *Parameters = new TrackingParameters { MaxEntries = 1 << 21, Enabled = TrackedFamilies.Both, Loose = 1 };
        for (int slot = 0; slot < (int)TimeoutSlot.Count; slot++)
        {
            Parameters->SetTimeout(slot, 24 * 3600 * Timestamp.TicksPerSecond);
        }

        Packets = (Packet*)NativeMemory.AlignedAlloc((nuint)(Burst * sizeof(Packet)), 64);
        NativeMemory.Clear(Packets, (nuint)(Burst * sizeof(Packet)));
        *_tcp = new TcpHeader { Sequence = 0x0100_0000, Acknowledgment = 0x0200_0000, DataOffset = 5 << 4, Window = ushort.MaxValue };
        for (uint flow = 0; flow < connections; flow++)
        {
            if (flow % 1024 == 0)
            {
                Table.View->CommitAhead();
            }

            Open(flow);
        }
    }

    public ConnectionTable<Connection4> Table { get; }

    public TrackingParameters* Parameters { get; }

    public Packet* Packets { get; }

    /// <summary>
    /// The next burst as Parse leaves it, all of one instant: computed, so that the packets themselves take no room beside the table.
    /// </summary>
    public void NextBurst()
    {
        ulong time = Timestamp.FromMicroseconds(++_microseconds);
        for (Packet* packet = Packets, end = packet + Burst; packet < end; packet++)
        {
            // xorshift64*: the upper half picks the flow, a bit of the lower the direction.
            _random ^= _random >> 12;
            _random ^= _random << 25;
            _random ^= _random >> 27;
            ulong random = _random * 0x2545F4914F6CDD1D;
            uint flow = _firstFlow + (uint)(((random >> 32) * _connections) >> 32);
            Set(packet, TupleOf(flow, reply: (random & 0x8000) != 0), TcpFlags.Acknowledgement, time);
        }
    }

    /// <summary>Track's first two passes.</summary>
    public void FindCandidates()
    {
        Packet* end = Packets + Burst;
        for (Packet* packet = Packets; packet < end; packet++)
        {
            packet->Bucket = Table.BucketOf(packet->Hash);
            Prefetch.Line(packet->Bucket);
        }

        for (Packet* packet = Packets; packet < end; packet++)
        {
            packet->Candidate = Table.Candidate(packet->Bucket, packet->Hash);
            Table.PrefetchRecord(packet->Candidate);
        }
    }

    /// <summary>The packet's connection leaves the table again.</summary>
    public void Close(Packet* packet)
    {
        Table.Remove(packet->Record, ConnectionEnd.Closed);
        Table.ReleaseRemoved();
    }

    void Open(uint flow)
    {
        Packet* packet = Packets;
        ulong time = Timestamp.FromMicroseconds(_microseconds);
        Set(packet, TupleOf(flow, reply: false), TcpFlags.Synchronize, time);
        Tracker.Open(Table, packet, Parameters);
        if (packet->Connection == null || !Table.Confirm(packet->Record))
        {
            throw new InvalidOperationException($"flow {flow} was not opened: {packet->Reason}");
        }

        Continue(TupleOf(flow, reply: true), TcpFlags.Synchronize | TcpFlags.Acknowledgement, time);
        Continue(TupleOf(flow, reply: false), TcpFlags.Acknowledgement, time);
    }

    void Continue(Tuple4 tuple, byte flags, ulong time)
    {
        Set(Packets, tuple, flags, time);
        if (!Tracker.Continue(Table, Packets, Parameters))
        {
            throw new InvalidOperationException("a packet has lost its connection");
        }
    }

    void Set(Packet* packet, Tuple4 tuple, byte flags, ulong time)
    {
        packet->Tuple = tuple;
        packet->Protocol = _protocol;
        packet->Family = PacketFamily.Ipv4;
        packet->TcpFlags = flags;
        packet->Time = time;
        packet->IpLength = 50;
        packet->Transport = (byte*)_tcp;
        packet->TransportLength = flags == TcpFlags.Acknowledgement ? 30u : TcpHeader.ByteSize;
        packet->Candidate = 0;
        packet->Connection = null;
        packet->Hash = _hash->Hash4(tuple, _protocol, 0);
    }

    static Tuple4 TupleOf(uint flow, bool reply)
    {
        Tuple4 tuple = new()
        {
            Src = BitOperations.RotateLeft(0x0a000000u + flow, 16),
            Dst = 0x010200c0u + (flow << 29),
            SrcPort = (ushort)((flow * 2654435761u) >> 16),
            DstPort = 0x3500,
        };
        return reply
            ? new Tuple4 { Src = tuple.Dst, Dst = tuple.Src, SrcPort = tuple.DstPort, DstPort = tuple.SrcPort }
            : tuple;
    }

    /// <summary>A fixed key: the same buckets in every run.</summary>
    public static FlowHash* Keyed()
    {
        Span<byte> key = stackalloc byte[64];
        for (int n = 0; n < key.Length; n++)
        {
            key[n] = (byte)((n * 151) + 17);
        }

        FlowHash* hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
        *hash = new FlowHash(key);
        return hash;
    }

    public void Dispose()
    {
        Table.Dispose();
        NativeMemory.AlignedFree(_hash);
        NativeMemory.AlignedFree(Parameters);
        NativeMemory.AlignedFree(Packets);
        NativeMemory.AlignedFree(_tcp);
    }
}

/// <summary>Bits of the flags byte (RFC 9293).</summary>
static class TcpFlags
{
    public const byte Synchronize = 2;
    public const byte Acknowledgement = 16;
}
