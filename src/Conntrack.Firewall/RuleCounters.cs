using System.Runtime.InteropServices;

namespace Conntrack.Firewall;

/// <summary>
/// What one worker counted for one rule. 16 bytes, written by that worker alone; the control side reads 64-bit words, which are never
/// torn, and sums over workers. Four share a cache line, all of one worker.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct RuleCounters
{
    public const int ByteSize = 16;

    [FieldOffset(0)] public ulong Packets;

    /// <summary>From the IP header on.</summary>
    [FieldOffset(8)] public ulong Bytes;
}
