using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Conntrack.Firewall.Nat;
using Conntrack.Memory;
using Conntrack.Memory.Publication;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Firewall.Tests.Nat;

/// <summary>How a connection is seen from both sides, ports in host order; of ICMP the identifiers.</summary>
readonly record struct Bound(NatOutcome Outcome, string From, int FromPort, string To, int ToPort, ConnectionFlags Flags, uint Record);

/// <summary>First packets through the nat table's chains and a binding, as a worker would: evaluate, bind, confirm.</summary>
sealed unsafe class NatRun<TRecord> : IDisposable
    where TRecord : unmanaged, IConnectionRecord<TRecord>
{
    readonly ImageBlock<RuleImage> _block;
    readonly RuleCounters* _counters;
    readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(512, 64);
    readonly FlowHash* _hash;
    readonly Packet* _packet;
    readonly byte* _header;
    uint _number;

    public NatRun(uint capacity, params RuleSpec[] rules)
    {
        _block = RuleImageBuilder.Build(rules);
        _counters = (RuleCounters*)NativeMemory.AllocZeroed(_block.Image->SlotCount + 1, (nuint)sizeof(RuleCounters));
        _hash = (FlowHash*)_memory;
        *_hash = new FlowHash([.. Enumerable.Range(0, 64).Select(i => (byte)((i * 29) + 5))]);
        _packet = (Packet*)(_memory + 128);
        _header = _memory + 256;
        Table = new ConnectionTable<TRecord>(_hash, capacity, capacity);
    }

    public ConnectionTable<TRecord> Table { get; }

    /// <summary>Address of every interface of the router; 0 for none.</summary>
    public UInt128 OwnAddress { get; set; } = Number("198.51.100.1");

    public PortPartition Partition { get; set; }

    public MappingTable* Mappings
    {
        get => Table.Mappings;
        set => Table.Mappings = value;
    }

    /// <summary>Seconds after which a connection ends.</summary>
    public uint Timeout { get; set; } = 3600;

    public ulong Now { get; set; }

    static bool IsIpv6 => typeof(TRecord) == typeof(Connection6);

    ulong Time => Timestamp.FromMicroseconds(Now);

    /// <summary>A new connection; confirmed, unless its outcome ends it.</summary>
    public Bound Open(string client, int port, string server, int serverPort, byte protocol = IpProtocol.Udp) =>
        Open(Number(client), port, Number(server), serverPort, protocol);

    public Bound Open(UInt128 client, int port, UInt128 server, int serverPort, byte protocol = IpProtocol.Udp)
    {
        uint record = Allocate(client, port, server, serverPort, protocol);
        NatOutcome outcome = Bind(record);
        var bound = Describe(record, outcome);
        if (NatOutcomes.ReasonOf(outcome) == DropReason.None)
        {
            Assert.True(Table.Confirm(record));
        }
        else
        {
            Table.Remove(record, ConnectionEnd.Closed);
        }

        Table.ReleaseRemoved();
        return bound with { Flags = Table.ConnectionAt(record)->Flags & (ConnectionFlags.SrcNat | ConnectionFlags.DstNat | ConnectionFlags.Masqueraded) };
    }

    /// <summary>The record of a first packet, as Track leaves it; the packet stays for <see cref="Bind"/>.</summary>
    public uint Allocate(UInt128 client, int port, UInt128 server, int serverPort, byte protocol)
    {
        new PacketSample
        {
            IsIpv6 = IsIpv6,
            Src = client,
            Dst = server,
            Protocol = protocol,
            SrcPort = (ushort)port,
            DstPort = (ushort)serverPort,
            In = 1,
            Out = 2,
        }.Write(_packet, _header);
        _packet->Time = Time;
        _packet->Number = ++_number;
        _packet->Hash = IsIpv6
            ? _hash->Hash6((Addresses6*)(_header + 8), _packet->Ports, protocol, 0)
            : _hash->Hash4(_packet->Tuple, protocol, 0);
        if ((_number & 4095) == 0)
        {
            Assert.True(Table.View->CommitAhead());
        }

        Assert.Equal(0u, Table.Find(_packet, out _));
        uint record = Table.Allocate(_packet, null, out AllocateStatus status);
        Assert.Equal(AllocateStatus.Allocated, status);
        Table.Refresh(record, Table.ConnectionAt(record), Time, Timeout * Timestamp.TicksPerSecond);
        return record;
    }

    public NatOutcome Bind(uint record)
    {
        NatRule* rule = Ask(RuleChain.NatDstnat4);
        NatOutcome destination = NatBinding.Destination(Table, record, rule, OwnAddress, Time);
        if (NatOutcomes.ReasonOf(destination) != DropReason.None)
        {
            return destination;
        }

        // What rules see from here on is where the packet really goes.
        BinaryPrimitives.WriteUInt128BigEndian(new Span<byte>(_header + 24, 16), TRecord.SrcOf(Table.At(record), 1));
        _packet->Tuple.Dst = BinaryPrimitives.ReverseEndianness((uint)TRecord.SrcOf(Table.At(record), 1));
        rule = Ask(RuleChain.NatSrcnat4);
        NatOutcome source = NatBinding.Source(Table, record, rule, OwnAddress, Partition, Time);
        return source == NatOutcome.Unchanged ? destination : source;
    }

    public Bound Describe(uint record, NatOutcome outcome)
    {
        TRecord* it = Table.At(record);
        PortPair* reply = TRecord.PortsOf(it, 1);
        bool query = TRecord.ConnectionOf(it)->Protocol is IpProtocol.Icmp or IpProtocol.Icmpv6;
        int from = BinaryPrimitives.ReverseEndianness(query ? reply->SrcPort : reply->DstPort);
        int to = query ? 0 : BinaryPrimitives.ReverseEndianness(reply->SrcPort);
        return new(outcome, Text(TRecord.DstOf(it, 1)), from, Text(TRecord.SrcOf(it, 1)), to, TRecord.ConnectionOf(it)->Flags, record);
    }

    public void Dispose()
    {
        Table.Dispose();
        _block.Dispose();
        NativeMemory.Free(_counters);
        NativeMemory.AlignedFree(_memory);
    }

    public static UInt128 Number(string address)
    {
        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        return bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    static string Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(IsIpv6 ? bytes : bytes[12..]).ToString();
    }

    NatRule* Ask(RuleChain chain)
    {
        chain = (RuleChain)((int)chain | (IsIpv6 ? 1 : 0));
        RuleMemory memory = new() { Counters = _counters };
        return RuleImage.TranslationOf(_block.Image, RuleImage.Evaluate(_block.Image, chain, _packet, &memory, null));
    }
}
