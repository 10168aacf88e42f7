using System.Runtime.InteropServices;

namespace Conntrack.Firewall;

/// <summary>One condition of a rule in the image. 32 bytes, those of a rule side by side in the order of their kinds.</summary>
/// <remarks><code>
///  0 kind (1)   1 flags (1)   2 small (2)   4 middle (4)   8 first (8)   16 last (8)   24 extra (4)   28 text (4): offset in the image
/// 32
///                     small              middle                first, last           extra    text
/// src-mac                                                      address as loaded
/// bridge ports                            bytes                                                numbers (2 each)
/// address types       set
/// address lists       number
/// ranges of a value   (ICMP type)                              bounds
/// tls-host, content                      bytes                                                the bytes
/// port                                   bytes                                                ranges (2 × 2 each)
/// ipv4-options        option
/// headers             set                1 contains
/// tcp-flags           mask | value ≪ 8
/// marks               mark
/// routing-table       table
/// connection-limit    prefix                                   connections            rule
/// layer 7             pattern
/// time                days                                     seconds of the day
/// psd                 weight             low | high ≪ 16       delay in ticks
/// random              percent
/// nth                                                          every, packet
/// classifier          fields                                   denominator, remainder
/// limit, dst-limit    bytes? / fields    time in ticks         rate, burst           expiry in ticks
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
struct Condition
{
    public const int ByteSize = 32;
    public const byte Negated = 1, Last = 2;

    [FieldOffset(0)] public ConditionKind Kind;
    [FieldOffset(1)] public byte Flags;
    [FieldOffset(2)] public ushort Small;
    [FieldOffset(4)] public uint Middle;
    [FieldOffset(8)] public ulong FirstValue;
    [FieldOffset(16)] public ulong LastValue;
    [FieldOffset(24)] public uint Extra;
    [FieldOffset(28)] public uint Text;
}
