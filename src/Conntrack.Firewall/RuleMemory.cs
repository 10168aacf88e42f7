using System.Runtime.InteropServices;
using Conntrack.Firewall.Lists;
using Conntrack.Firewall.Matching;
using Conntrack.Firewall.Paths;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall;

/// <summary>
/// What an evaluation needs besides image and packet: where a worker counts, what rules remember from packet to packet, and what they ask of
/// the router. One for each worker; all but the counters and the log is shared by the workers.
/// </summary>
/// <remarks><code>
///   0 counters   8 rates by slot   16 rates by key   24 scans   32 listed addresses   40 log   48 own addresses   56 interfaces (8 each)
///  64 random key (8)   72 hash key (8)   80 epoch (8)   88 own addresses (4)   96 paths   104 recorder   112 extensions of IPv4   120 of IPv6
/// 128 connection counts   136 … 192 spare
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RuleMemory
{
    public const int ByteSize = 192;

    /// <summary>This worker's.</summary>
    [FieldOffset(0)] public RuleCounters* Counters;

    /// <summary>What a rule remembers alone, by its slot.</summary>
    [FieldOffset(8)] public RuleState* States;

    /// <summary>What rules remember of addresses and ports.</summary>
    [FieldOffset(16)] public KeyedRates* Rates;

    [FieldOffset(24)] public PortScans* Scans;

    [FieldOffset(32)] public ListedAddresses* Listed;

    /// <summary>This worker's; null where nobody reads it.</summary>
    [FieldOffset(40)] public RuleLog* Log;

    /// <summary>The router's addresses, set by the worker with each edition of its routes.</summary>
    [FieldOffset(48)] public OwnAddress* Addresses;

    /// <summary>The router's interfaces, likewise.</summary>
    [FieldOffset(56)] public InterfaceFacts* Interfaces;

    /// <summary>Makes random packets different ones at every start; 0 in replay.</summary>
    [FieldOffset(64)] public ulong RandomKey;

    /// <summary>Secret, so that nobody can choose what shares a bucket.</summary>
    [FieldOffset(72)] public ulong HashKey;

    /// <summary>Microseconds since 1970 of the timestamp's zero.</summary>
    [FieldOffset(80)] public ulong Epoch;

    [FieldOffset(88)] public uint AddressCount;

    /// <summary>This worker's, and nobody else's.</summary>
    [FieldOffset(96)] public RulePaths* Paths;

    /// <summary>Where the evaluation under way writes a packet's way down; null when nobody wants to know.</summary>
    [FieldOffset(104)] internal PathRecorder* Recorder;

    /// <summary>What some of this worker's connections have besides their records; null where nothing is tracked.</summary>
    [FieldOffset(112)] public ExtensionSlab* Extensions4;

    /// <inheritdoc cref="Extensions4"/>
    [FieldOffset(120)] public ExtensionSlab* Extensions6;

    /// <summary>How many connections are alive that rules count.</summary>
    [FieldOffset(128)] public ConnectionCounts* Counts;
}

/// <summary>
/// An address of the router, as far as rules ask; the layout is that of the route image's, which it is read from. 32 bytes.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public unsafe struct OwnAddress
{
    [FieldOffset(2)] public Packets.PacketFamily Family;

    /// <summary>Of IPv4, network order; 0 when the network has none.</summary>
    [FieldOffset(4)] public uint Broadcast;

    /// <summary>Network order.</summary>
    [FieldOffset(16)] public fixed byte Address[16];
}

/// <summary>An interface as far as rules ask, likewise. 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct InterfaceFacts
{
    /// <summary>Largest IP packet in bytes.</summary>
    [FieldOffset(8)] public uint Mtu;
}
