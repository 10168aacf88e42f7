using System.Runtime.InteropServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Packets.Parsing;
using Conntrack.Testing;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests;

/// <summary>
/// Packets one after the other through the real parser, tables and tracker, on a clock the test sets. Every packet that opens a connection is
/// confirmed, as on a wire that drops nothing.
/// </summary>
sealed unsafe class Conversation : IDisposable
{
    public const long Second = 1_000_000;

    readonly FlowHash* _hash = (FlowHash*)NativeMemory.AlignedAlloc((nuint)sizeof(FlowHash), 64);
    readonly PacketBuffer _buffer = new(1 << 16);
    uint _number;

    public Conversation()
    {
        *_hash = new FlowHash([.. Enumerable.Range(0, 64).Select(i => (byte)((i * 37) + 11))]);
        Connections4 = new(_hash, 1024, 1024);
        Connections6 = new(_hash, 1024, 1024);
        *Parameters = Defaults();
    }

    /// <summary>As set: the next packet reads them.</summary>
    public TrackingParameters* Parameters { get; } = (TrackingParameters*)NativeMemory.AlignedAlloc((nuint)sizeof(TrackingParameters), 64);

    public FlowHash* Hash => _hash;

    public ConnectionTable<Connection4> Connections4 { get; }

    public ConnectionTable<Connection6> Connections6 { get; }

    /// <summary>The packet sent last, as tracking left it.</summary>
    public Packet* Latest { get; private set; }

    /// <summary>Whether what only counts may pass, as in a dataplane whose rules do not ask for connections.</summary>
    public bool Passes { get; init; } = true;

    /// <summary>What rules would do to a new record before it is confirmed; null for nothing.</summary>
    public Action<uint>? Binding { get; set; }

    /// <summary>Microseconds since the first packet could have come.</summary>
    public long Now { get; set; }

    /// <summary>What the manual gives as defaults, written down once more: seconds.</summary>
    public static TrackingParameters Defaults()
    {
        var parameters = new TrackingParameters { MaxEntries = 1024, Enabled = TrackedFamilies.Both, Loose = 1 };
        foreach ((int slot, uint seconds) in new (int, uint)[]
        {
            ((int)TcpState.None, 5), ((int)TcpState.SynSent, 5), ((int)TcpState.SynReceived, 5), ((int)TcpState.Established, 86_400),
            ((int)TcpState.FinWait, 10), ((int)TcpState.CloseWait, 10), ((int)TcpState.LastAck, 10), ((int)TcpState.TimeWait, 10),
            ((int)TcpState.Close, 10), ((int)TcpState.SynSent2, 5), ((int)TimeoutSlot.TcpMaxRetrans, 300), ((int)TimeoutSlot.TcpUnacked, 300),
            ((int)TimeoutSlot.Udp, 30), ((int)TimeoutSlot.UdpStream, 180), ((int)TimeoutSlot.Icmp, 10), ((int)TimeoutSlot.Generic, 600),
        })
        {
            parameters.SetTimeout(slot, seconds * Timestamp.TicksPerSecond);
        }

        return parameters;
    }

    /// <summary>Direction of the latest error that was related; -1 when it was not.</summary>
    public int LastDirection { get; private set; }

    /// <summary>Sends a frame now, and tells its connection-state.</summary>
    public ConnectionStateOfPacket Send(Frame frame) => Send(frame.ToBytes());

    public ConnectionStateOfPacket Send(byte[] frame)
    {
        Packet* packet = Parse(frame);
        Latest = packet;
        packet->Time = Clock;
        packet->Number = _number++;
        if (Tracker.Exempt(packet, Parameters))
        {
            if (packet->State == ConnectionStateOfPacket.None)
            {
                Relate(packet);
            }
        }
        else
        {
            if (packet->Family == PacketFamily.Ipv4)
            {
                Track(Connections4, packet);
            }
            else
            {
                Track(Connections6, packet);
            }
        }

        return packet->State;
    }

    /// <summary>A sound frame as Parse leaves it, not tracked; good until the next one.</summary>
    public Packet* Parse(byte[] frame)
    {
        Packet* packet = _buffer.Load(frame);
        packet->State = ConnectionStateOfPacket.None;
        packet->Connection = null;
        packet->Candidate = 0;
        ChecksumPolicy policy = Parameters->IgnoreChecksums != 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify;
        packet->Reason = PacketParser.Parse(packet, policy, _hash);
        Assert.Equal(DropReason.None, packet->Reason);
        return packet;
    }

    /// <summary>The connections of both families, in order of creation.</summary>
    public IReadOnlyList<ConnectionSnapshot> Listed()
    {
        List<ConnectionSnapshot> list = [];
        ConnectionReader.Read4(Connections4.View, FlowLookup.None, Clock, list);
        ConnectionReader.Read6(Connections6.View, FlowLookup.None, Clock, list);
        return [.. list.OrderBy(connection => connection.Creation)];
    }

    public void Dispose()
    {
        Connections4.Dispose();
        Connections6.Dispose();
        _buffer.Dispose();
        NativeMemory.AlignedFree(Parameters);
        NativeMemory.AlignedFree(_hash);
    }

    void Relate(Packet* packet)
    {
        QuotedPacket quoted;
        packet->State = ConnectionStateOfPacket.Invalid;
        if (QuotedPacket.TryRead(packet, _hash, &quoted))
        {
            _ = packet->Family == PacketFamily.Ipv4
                ? ErrorTracking.Relate(Connections4, packet, &quoted.Answer)
                : ErrorTracking.Relate(Connections6, packet, &quoted.Answer);
        }

        LastDirection = packet->State == ConnectionStateOfPacket.Related ? packet->Direction : -1;
    }

    /// <summary>The same as packets carry it.</summary>
    public ulong Clock => Timestamp.FromMicroseconds((ulong)Now);

    void Track<TRecord>(ConnectionTable<TRecord> table, Packet* packet)
        where TRecord : unmanaged, IConnectionRecord<TRecord>
    {
        packet->Candidate = table.Candidate(table.BucketOf(packet->Hash), packet->Hash);
        if (!(Passes && Tracker.TryPass(table, packet, Parameters)) && !Tracker.Continue(table, packet, Parameters))
        {
            Tracker.Open(table, packet, Parameters);
            Assert.Equal(DropReason.None, packet->Reason);
            if (packet->Connection != null)
            {
                Binding?.Invoke(packet->Record);
                Assert.True(table.Confirm(packet->Record));
                table.SetEvictable(packet->Record, Tracker.EvictionClassOf(((Connection*)packet->Connection)->Flags));
            }
        }

        table.ReleaseRemoved();
    }
}
