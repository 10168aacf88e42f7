using System.Runtime.InteropServices;

namespace Conntrack.Tracking.FastTrack;

/// <summary>A flow cache for readers on other threads. 64 bytes; counters have one writer, the worker.</summary>
/// <remarks><code>
///  0 lines (8)   8 count (4)   16 installed (8)   24 displaced (8)   32 forgotten (8)   40 packets (8)   48 bytes (8)   56 samples (8)
/// 64
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct FlowCacheView
{
    /// <summary>The array; <see cref="FlowLine4"/> or <see cref="FlowLine6"/>.</summary>
    [FieldOffset(0)] public void* Lines;

    /// <summary>Lines in the array.</summary>
    [FieldOffset(8)] public uint Count;

    /// <summary>Lines brought in.</summary>
    [FieldOffset(16)] public ulong Installed;

    /// <summary>Lines that had to leave for another connection's.</summary>
    [FieldOffset(24)] public ulong Displaced;

    /// <summary>Lines taken out because their connection closed, ended or left FastTrack.</summary>
    [FieldOffset(32)] public ulong Forgotten;

    /// <summary>Packets forwarded from the cache.</summary>
    [FieldOffset(40)] public ulong Packets;

    /// <summary>Bytes forwarded from the cache, from the IP header on.</summary>
    [FieldOffset(48)] public ulong Bytes;

    /// <summary>Packets that took the slow path as samples of their direction.</summary>
    [FieldOffset(56)] public ulong Samples;
}
