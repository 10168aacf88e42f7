using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Nat;

/// <summary>To what one rule of the nat table translates, as it lies in the image. A cache line, read for the first packet of a connection only.</summary>
/// <remarks><code>
///  0 first address (16)   16 last address (16)   32 first port (2)   34 last port (2)   36 target   37 flags   38 spare (2)
/// 40 log prefix (4)   44 spare (20)
/// 64
/// </code>
/// Everything in host order, addresses of IPv4 in the low 32 bits.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public struct NatRule
{
    /// <summary>Bytes of this struct.</summary>
    public const int ByteSize = 64;

    const byte Addresses = 1, Ports = 2, Random = 4, NotByDst = 8, Log = 16;

    [FieldOffset(0)] public UInt128 FirstAddress;
    [FieldOffset(16)] public UInt128 LastAddress;
    [FieldOffset(32)] public ushort FirstPort;
    [FieldOffset(34)] public ushort LastPort;
    [FieldOffset(36)] public RuleTarget Target;
    [FieldOffset(37)] byte _flags;

    /// <summary>Of a rule that logs: number of the log prefix.</summary>
    [FieldOffset(40)] public uint LogPrefix;

    /// <summary>to-addresses were given.</summary>
    public readonly bool HasAddresses => (_flags & Addresses) != 0;

    /// <summary>The source becomes an address of the router's, that of the interface a packet leaves by.</summary>
    public readonly bool IsOwnAddress =>
        Target == RuleTarget.Masquerade || (Target == RuleTarget.EndpointIndependentNat && !HasAddresses);

    /// <summary>to-ports were given.</summary>
    public readonly bool HasPorts => (_flags & Ports) != 0;

    /// <summary>randomise-ports.</summary>
    public readonly bool RandomisesPorts => (_flags & Random) != 0;

    /// <summary>same-not-by-dst.</summary>
    public readonly bool IsNotByDst => (_flags & NotByDst) != 0;

    /// <summary>The packet is logged.</summary>
    public readonly bool Logs => (_flags & Log) != 0;

    /// <summary>
    /// Addresses of the range, with 2^64 for more than that. Where there is none to choose from, 1.
    /// </summary>
    public readonly UInt128 AddressCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => LastAddress - FirstAddress >= ulong.MaxValue ? (UInt128)ulong.MaxValue + 1 : LastAddress - FirstAddress + 1;
    }

    internal static NatRule Of(RuleTarget target, RuleTranslation? to, RuleEffect? effect = null) => new()
    {
        Target = target,
        FirstAddress = to?.ToAddresses?.First ?? 0,
        LastAddress = to?.ToAddresses?.Last ?? 0,
        FirstPort = to?.ToPorts?.First ?? 0,
        LastPort = to?.ToPorts?.Last ?? 0,
        LogPrefix = effect?.LogPrefix ?? 0,
        _flags = (byte)(
            (to?.ToAddresses != null ? Addresses : 0)
            | (to?.ToPorts != null ? Ports : 0)
            | (to?.RandomisePorts == true ? Random : 0)
            | (to?.SameNotByDst == true ? NotByDst : 0)
            | (effect?.Log == true ? Log : 0)),
    };
}
