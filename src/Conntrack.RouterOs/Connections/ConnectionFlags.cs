using System.Diagnostics.CodeAnalysis;
using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Connections;

/// <summary>What RouterOS shows in front of a connection, in the order of its legend.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "RouterOS calls them flags.")]
public enum ConnectionFlags : ushort
{
    None = 0,
    Expected = 1 << 0,
    SeenReply = 1 << 1,
    Assured = 1 << 2,
    Confirmed = 1 << 3,
    Dying = 1 << 4,
    FastTrack = 1 << 5,
    HwOffload = 1 << 6,
    SrcNat = 1 << 7,
    DstNat = 1 << 8,
}

/// <summary>A flag with its RouterOS letter and property name.</summary>
public readonly record struct ConnectionFlag(ConnectionFlags Value, PrintFlag Print)
{
    /// <summary>Every flag in the order of RouterOS's legend; srcnat and dstnat are lower case because S and D are taken.</summary>
    public static IReadOnlyList<ConnectionFlag> All { get; } =
    [
        new(ConnectionFlags.Expected, new('E', "expected")),
        new(ConnectionFlags.SeenReply, new('S', "seen-reply")),
        new(ConnectionFlags.Assured, new('A', "assured")),
        new(ConnectionFlags.Confirmed, new('C', "confirmed")),
        new(ConnectionFlags.Dying, new('D', "dying")),
        new(ConnectionFlags.FastTrack, new('F', "fasttrack")),
        new(ConnectionFlags.HwOffload, new('H', "hw-offload")),
        new(ConnectionFlags.SrcNat, new('s', "srcnat")),
        new(ConnectionFlags.DstNat, new('d', "dstnat")),
    ];

    public string Word => Print.Word;
}
