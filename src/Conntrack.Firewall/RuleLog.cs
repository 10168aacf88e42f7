using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall;

/// <summary>A packet that a rule logged. 80 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RuleLogRecord
{
    public const int ByteSize = 80;

    /// <summary><see cref="Memory.Timestamp"/>.</summary>
    [FieldOffset(0)] public ulong Time;

    /// <summary><see cref="RuleTrace.Entry"/>.</summary>
    [FieldOffset(8)] public uint Rule;

    [FieldOffset(12)] public uint Prefix;
    [FieldOffset(16)] public ushort InInterface;
    [FieldOffset(18)] public ushort OutInterface;

    /// <summary>Ports as they stand in the header, of ICMP type and code in the second; 0 where the packet has none.</summary>
    [FieldOffset(20)] public uint Ports;

    [FieldOffset(24)] public uint Length;
    [FieldOffset(28)] public Packets.PacketFamily Family;
    [FieldOffset(29)] public byte Protocol;
    [FieldOffset(30)] public byte TcpFlags;
    [FieldOffset(31)] public Packets.ConnectionStateOfPacket State;

    /// <summary>Source and destination, network order, 16 bytes each; IPv4 in the first four.</summary>
    [FieldOffset(32)] public fixed byte Addresses[32];

    /// <summary>The sender's MAC address as it stands in the frame; zeros where there was no frame.</summary>
    [FieldOffset(64)] public fixed byte SrcMac[6];

    /// <summary>Which ends of its connection are translated.</summary>
    [FieldOffset(70)] public RuleNatStates NatState;

    /// <summary><see cref="Packets.Packet.Number"/>: the order of packets that came at one time.</summary>
    [FieldOffset(72)] public uint Number;

    /// <summary><see cref="Addresses"/> to read.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AddressBytes => MemoryMarshal.CreateReadOnlySpan(in Addresses[0], 32);

    /// <summary><see cref="SrcMac"/> to read.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> MacBytes => MemoryMarshal.CreateReadOnlySpan(in SrcMac[0], 6);
}

/// <summary>
/// What a worker's rules log: a ring with one writer, the worker, and one reader, the control side. A worker never waits for it: what finds
/// it full is counted and lost, which also bounds how much anybody can make a router log.
/// </summary>
/// <remarks><code>
///   0 written (4)   4 lost (4)   8 … 64 spare   64 read (4)   68 … 128 spare   128 records (1024 × 80)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RuleLog
{
    /// <summary>Records that wait at most.</summary>
    public const uint Capacity = 1024;

    public const int ByteSize = 128 + ((int)Capacity * RuleLogRecord.ByteSize);

    [FieldOffset(0)] uint _written;

    /// <summary>Records that found the ring full.</summary>
    [FieldOffset(4)] public uint Lost;

    [FieldOffset(64)] uint _read;
    [FieldOffset(128)] fixed byte _records[(int)Capacity * RuleLogRecord.ByteSize];

    /// <summary>Worker: room for one record, which <see cref="Written"/> shows; null when the ring is full.</summary>
    internal static RuleLogRecord* Next(RuleLog* log)
    {
        if (log->_written - Volatile.Read(ref log->_read) < Capacity)
        {
            return At(log, log->_written);
        }

        log->Lost++;
        return null;
    }

    /// <summary>Worker: shows the record that <see cref="Next"/> gave.</summary>
    internal static void Written(RuleLog* log) => Volatile.Write(ref log->_written, log->_written + 1);

    /// <summary>Reader: the oldest record that was not read; false when there is none.</summary>
    public static bool TryRead(RuleLog* log, out RuleLogRecord record)
    {
        record = default;
        uint read = log->_read;
        if (Volatile.Read(ref log->_written) == read)
        {
            return false;
        }

        record = *At(log, read);
        Volatile.Write(ref log->_read, read + 1);
        return true;
    }

    static RuleLogRecord* At(RuleLog* log, uint number) => (RuleLogRecord*)log->_records + (number & (Capacity - 1));
}
