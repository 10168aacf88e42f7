using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// One direction of a connection for a device to forward by itself, <c>struct ctd_flow</c>: what its packets look like as they come in, and what
/// becomes of them. Addresses, ports and VLAN ids are in network order.
/// </summary>
/// <remarks><code>
///  0 source (16)   16 destination (16)   32 new source (16)   48 new destination (16)   IPv4 in the first four bytes
/// 64 ports: source, destination, new source, new destination (2 each)   72 VLAN id (2)   74 new VLAN id (2)   76 egress (2)
/// 78 family (1)   79 protocol (1)   80 hops (1)   81 MAC (6)   87 new source MAC (6)   93 new destination MAC (6)   99 spare (5)
/// 104
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct FlowRule
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 104;

    [FieldOffset(0)] public fixed byte Src[16];
    [FieldOffset(16)] public fixed byte Dst[16];
    [FieldOffset(32)] public fixed byte NewSrc[16];
    [FieldOffset(48)] public fixed byte NewDst[16];
    [FieldOffset(64)] public ushort SrcPort;
    [FieldOffset(66)] public ushort DstPort;
    [FieldOffset(68)] public ushort NewSrcPort;
    [FieldOffset(70)] public ushort NewDstPort;

    /// <summary>Of the tag its frames come with, 0 for none.</summary>
    [FieldOffset(72)] public ushort Vlan;

    /// <summary>Of the tag they leave with, 0 for none.</summary>
    [FieldOffset(74)] public ushort NewVlan;

    /// <summary>The port they leave by.</summary>
    [FieldOffset(76)] public ushort Egress;

    /// <summary>4 or 6.</summary>
    [FieldOffset(78)] public byte Family;

    /// <summary>TCP or UDP.</summary>
    [FieldOffset(79)] public byte Protocol;

    /// <summary>Time to live they come with, above 1; 0 when they are not routed: it is neither asked nor taken from.</summary>
    [FieldOffset(80)] public byte Hops;

    /// <summary>Of a routed frame, whom it is for as it comes in.</summary>
    [FieldOffset(81)] public fixed byte Mac[6];

    [FieldOffset(87)] public fixed byte NewSrcMac[6];
    [FieldOffset(93)] public fixed byte NewDstMac[6];
}

/// <summary>What a rule has forwarded; bytes as the device counts them, whole frames.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FlowRuleCount
{
    public ulong Packets;
    public ulong Bytes;
}

/// <summary>A rule in a device: opaque, good until it is destroyed or its port stops.</summary>
public readonly struct DeviceFlow;

/// <summary>
/// Rules by which a device forwards connections itself. Each is told in one: whole packets of exactly a tuple, of TCP without SYN, FIN and RST;
/// every other packet comes to a queue as before. One thread at a time; 0 or a negative errno, <see cref="Eal.LastErrorText"/> says why.
/// </summary>
public static unsafe partial class FlowRules
{
    /// <summary>Whether the port would take a rule. Only asks.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_flow_probe")]
    public static partial int Probe(ushort port, FlowRule* rule);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_flow_create")]
    public static partial int Create(ushort port, FlowRule* rule, DeviceFlow** flow);

    /// <summary>What it has forwarded since it was made, or last reset.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_flow_query")]
    public static partial int Query(ushort port, DeviceFlow* flow, int reset, FlowRuleCount* count);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_flow_destroy")]
    public static partial int Destroy(ushort port, DeviceFlow* flow);
}
