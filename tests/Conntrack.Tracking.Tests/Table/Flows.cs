using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>What a family's packets and translated replies look like; flows are numbered.</summary>
interface IFlows<TRecord>
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    /// <summary>Addresses, ports and hash of one direction; a translated flow's reply goes to another address and port.</summary>
    static abstract unsafe void Fill(Packet* packet, byte* header, int flow, bool reply, bool translated, FlowHash* hash);

    /// <summary>Makes the reply tuple that of a flow, translated or not.</summary>
    static abstract unsafe void SetReply(TRecord* record, int flow, bool translated);
}

/// <summary>IPv4: TCP, UDP and ICMP echo in turn.</summary>
readonly struct Flows4 : IFlows<Connection4>
{
    public static unsafe void Fill(Packet* packet, byte* header, int flow, bool reply, bool translated, FlowHash* hash)
    {
        packet->Family = PacketFamily.Ipv4;
        packet->Protocol = (flow % 3) switch { 0 => 6, 1 => 17, _ => IpProtocol.Icmp };
        packet->Tuple = reply ? Reply(flow, translated) : Original(flow);
        packet->Hash = hash->Hash4(packet->Tuple, packet->Protocol, 0);
    }

    public static unsafe void SetReply(Connection4* record, int flow, bool translated) => record->Reply = Reply(flow, translated);

    static Tuple4 Original(int flow) => new()
    {
        Src = 0x0000000a + ((uint)flow << 16),
        Dst = 0x010200c0,
        SrcPort = (ushort)(4000 + flow),
        DstPort = flow % 3 == 2 ? (ushort)8 : (ushort)0x5000,
    };

    static Tuple4 Reply(int flow, bool translated)
    {
        Tuple4 original = Original(flow);
        bool query = flow % 3 == 2;
        ushort port = translated ? (ushort)(20_000 + flow) : original.SrcPort;
        return new Tuple4
        {
            Src = original.Dst,
            Dst = translated ? 0x017100cbu : original.Src,
            SrcPort = query ? port : original.DstPort,
            DstPort = query ? (ushort)0 : port,
        };
    }
}

/// <summary>IPv6: TCP, UDP and ICMPv6 echo in turn.</summary>
readonly struct Flows6 : IFlows<Connection6>
{
    public static unsafe void Fill(Packet* packet, byte* header, int flow, bool reply, bool translated, FlowHash* hash)
    {
        packet->Family = PacketFamily.Ipv6;
        packet->Protocol = (flow % 3) switch { 0 => 6, 1 => 17, _ => IpProtocol.Icmpv6 };
        packet->Ip = header;
        Addresses(header + 8, flow, reply, translated);
        packet->Ports = Ports(flow, reply, translated);
        packet->Hash = hash->Hash6((Addresses6*)(header + 8), packet->Ports, packet->Protocol, 0);
    }

    public static unsafe void SetReply(Connection6* record, int flow, bool translated)
    {
        Addresses((byte*)&record->Reply, flow, reply: true, translated);
        record->ReplyPorts = Ports(flow, reply: true, translated);
    }

    static unsafe void Addresses(byte* addresses, int flow, bool reply, bool translated)
    {
        ulong* client = (ulong*)(addresses + (reply ? 16 : 0));
        ulong* server = (ulong*)(addresses + (reply ? 0 : 16));
        client[0] = 0xb80d0120;
        client[1] = reply && translated ? 0x99ul : ((ulong)flow << 32) | 1;
        server[0] = 0xb80d0120;
        server[1] = 0x0200000000000000;
    }

    static PortPair Ports(int flow, bool reply, bool translated)
    {
        bool query = flow % 3 == 2;
        ushort client = reply && translated ? (ushort)(20_000 + flow) : (ushort)(4000 + flow);
        ushort server = query ? (ushort)(reply ? 129 : 128) : (ushort)0x5000;
        return query || !reply
            ? new PortPair { SrcPort = client, DstPort = server }
            : new PortPair { SrcPort = server, DstPort = client };
    }
}

/// <summary>A table, a key, and one packet at a time.</summary>
sealed unsafe class TableUnderTest<TRecord, TFlows> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
    where TFlows : IFlows<TRecord>
{
    public readonly ConnectionTable<TRecord> Table;
    public readonly Packet* Packet;
    readonly FlowHash* _hash;
    readonly byte* _header;
    uint _number;

    public TableUnderTest(uint maxEntries, uint capacity)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc(256, 64);
        new Span<byte>(memory, 256).Clear();
        _hash = (FlowHash*)memory;
        Span<byte> key = stackalloc byte[64];
        new Random(7).NextBytes(key);
        *_hash = new FlowHash(key);
        Packet = (Packet*)(memory + 64);
        _header = memory + 192;
        Table = new ConnectionTable<TRecord>(_hash, maxEntries, capacity);
    }

    public TableView* View => Table.View;

    /// <summary>Time of the next packets, in microseconds.</summary>
    public ulong Now { get; set; }

    public ulong Time => Timestamp.FromMicroseconds(Now);

    /// <summary>Whether the next connections are the router's own.</summary>
    public bool Own { get; set; }

    /// <summary>
    /// Makes the packet the next of a flow and a burst of its own, with the passes before <see cref="ConnectionTable{TRecord}.Find"/> done.
    /// </summary>
    public void Prepare(int flow, bool reply, bool translated = false)
    {
        Table.ReleaseRemoved();
        TFlows.Fill(Packet, _header, flow, reply, translated, _hash);
        Packet->Time = Time;
        Packet->Number = ++_number;
        Packet->Bucket = Table.BucketOf(Packet->Hash);
        Packet->Candidate = Table.Candidate(Packet->Bucket, Packet->Hash);
        Table.PrefetchRecord(Packet->Candidate);
    }

    public uint Find(int flow, bool reply, bool translated, out int direction)
    {
        Prepare(flow, reply, translated);
        return Table.Find(Packet, out direction);
    }

    public uint Find(int flow, bool reply = false, bool translated = false) => Find(flow, reply, translated, out _);

    /// <summary>A confirmed connection that ends after so many ticks; 0 when the table has none to give.</summary>
    public uint Open(int flow, uint ticks, EvictionClass evictable = EvictionClass.Never, bool translated = false, bool claims = false)
    {
        Prepare(flow, reply: false);
        Packet->Marks = Own ? PacketMarks.Own : PacketMarks.None;
        uint record = Table.Allocate(Packet, null, out AllocateStatus status);
        Assert.Equal(record != 0, status == AllocateStatus.Allocated);
        if (record != 0)
        {
            if (translated)
            {
                TFlows.SetReply(Table.At(record), flow, translated: true);
            }

            if (claims)
            {
                Assert.False(Table.IsReplyTaken(record, Time));
                Assert.True(Table.Claim(record));
            }

            Assert.True(Table.Confirm(record));
            Table.Refresh(record, Table.ConnectionAt(record), Packet->Time, ticks);
            Table.SetEvictable(record, evictable);
        }

        return record;
    }

    public void Dispose()
    {
        Table.Dispose();
        NativeMemory.AlignedFree(_hash);
    }
}
