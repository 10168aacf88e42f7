using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Conntrack.Packets;

/// <summary>
/// Keyed hash of the direction-free key: AES rounds under a key drawn at start. CRC32 and Toeplitz are linear, so no seed stops a sender
/// from choosing colliding tuples; three AES rounds spread every input bit over the whole block through a non-linear substitution.
/// </summary>
/// <remarks>
/// The key of a tuple is its two endpoints, the smaller first, with protocol and zone; both directions of an untranslated connection
/// have one key. Which order "smaller" means does not matter as long as both directions agree, so endpoints compare as the words they
/// are in memory. A query's endpoints share the identifier, so its key also says which endpoint asks: two hosts may ping each other
/// with one identifier. A query's code, the same in both halves, is mixed into its second copy of the identifier: 256 codes that shared
/// one hash would be a collision for the asking.
/// <code>
/// IPv4 block   0 low endpoint: address (4) port (2)   6 protocol (1)  7 asking side and query class (1)
///              8 high endpoint: address (4) port (2) 14 zone (2)
/// IPv6 blocks  low address (16) | high address (16) | low port (2) high port (2) protocol (1) side (1) zone (2) 0 (8)
/// </code></remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct FlowHash
{
    const byte ExchangeHalves = 0b01_00_11_10;
    const byte LowHalfTwice = 0b01_00_01_00;

    readonly Vector128<byte> _key0;
    readonly Vector128<byte> _key1;
    readonly Vector128<byte> _key2;
    readonly Vector128<byte> _key3;

    /// <summary>Takes 64 bytes of key: random per boot in the product, fixed in tests and benchmarks.</summary>
    /// <exception cref="ArgumentException">The key is not 64 bytes.</exception>
    public FlowHash(ReadOnlySpan<byte> key)
    {
        if (key.Length != 64)
        {
            throw new ArgumentException("A flow hash key is 64 bytes.", nameof(key));
        }

        _key0 = Vector128.Create(key[..16]);
        _key1 = Vector128.Create(key[16..32]);
        _key2 = Vector128.Create(key[32..48]);
        _key3 = Vector128.Create(key[48..]);
    }

    /// <summary>Hash of one direction's IPv4 tuple.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash4(in Tuple4 tuple, byte protocol, ushort zone) => Hash4(tuple.Addresses, tuple.Ports, protocol, zone);

    /// <summary>The same from registers: <see cref="Tuple4.Addresses"/> and <see cref="Tuple4.Ports"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash4(ulong addresses, uint ports, byte protocol, ushort zone)
    {
        if (protocol == IpProtocol.Icmp)
        {
            return HashQuery4(addresses, ports, zone);
        }

        ulong a = (uint)addresses | ((ulong)(ushort)ports << 32);
        ulong b = (addresses >> 32) | ((ulong)(ports >> 16) << 32);
        return HashEndpoints4(a, b, protocol, (ulong)zone << 48);
    }

    /// <summary>
    /// The same of TCP or UDP in zone 0, straight from a header: source, destination and both ports as they stand there. What lies in the last four
    /// bytes does not matter.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint HashPorts4(Vector128<byte> tuple, byte protocol)
    {
        Vector128<byte> one = Ssse3.Shuffle(tuple, Vector128.Create((byte)0, 1, 2, 3, 8, 9, 0x80, 0x80, 4, 5, 6, 7, 10, 11, 0x80, 0x80));
        Vector128<byte> other = Sse2.Shuffle(one.AsInt32(), ExchangeHalves).AsByte();

        // Whether the first endpoint is larger, in both halves.
        Vector128<byte> exchange = Sse2.Shuffle(Sse42.CompareGreaterThan(one.AsInt64(), other.AsInt64()).AsInt32(), LowHalfTwice).AsByte();
        Vector128<byte> sorted = Sse41.BlendVariable(one, other, exchange);
        return Finish(Sse41.Insert(sorted, protocol, 6) ^ _key0);
    }

    /// <summary>Out of line: a query's arithmetic would take the registers of every other packet's hash.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    uint HashQuery4(ulong addresses, uint ports, ushort zone)
    {
        ulong src = (uint)addresses;
        ulong dst = addresses >> 32;
        ulong identifier = (ulong)(ushort)ports << 32;
        uint type = (ports >> 16) & 0xff;
        ulong code = (ulong)(ports >> 24) << 32;
        uint side = QueryClass(type, IcmpQuery.Asks4((int)type) == src < dst && src != dst);
        return HashEndpoints4(src | identifier, dst | identifier, IpProtocol.Icmp | (side << 8), ((ulong)zone << 48) ^ code);
    }

    /// <summary>Two endpoints of 48 bits in either order; protocol and side go above the low one, the rest is mixed into the high one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    uint HashEndpoints4(ulong a, ulong b, uint protocolAndSide, ulong intoHigh)
    {
        // Sorted without a branch, for the order is a coin toss: the sign of the difference says which is smaller.
        ulong exchange = (a ^ b) & (ulong)((long)(b - a) >> 63);
        ulong low = (a ^ exchange) | ((ulong)protocolAndSide << 48);
        ulong high = b ^ exchange ^ intoHigh;
        return Finish(Vector128.Create(low, high).AsByte() ^ _key0);
    }

    /// <summary>Hash of one direction's IPv6 addresses and ports.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash6(Addresses6* addresses, PortPair ports, byte protocol, ushort zone)
    {
        ulong* words = (ulong*)addresses;
        uint srcPort = ports.SrcPort;
        uint dstPort = ports.DstPort;
        bool srcIsLow = words[0] != words[2] ? words[0] < words[2] : words[1] < words[3];
        bool sameAddress = words[0] == words[2] && words[1] == words[3];
        uint side = 0;
        uint code = 0;
        if (protocol == IpProtocol.Icmpv6)
        {
            uint type = dstPort & 0xff;
            side = QueryClass(type, IcmpQuery.Asks6((int)type) == srcIsLow && !sameAddress);
            code = dstPort >> 8;
            dstPort = srcPort;
        }

        if (sameAddress)
        {
            srcIsLow = srcPort <= dstPort;
        }

        Vector128<byte> src = addresses->Src;
        Vector128<byte> dst = addresses->Dst;
        Vector128<byte> low = srcIsLow ? src : dst;
        Vector128<byte> high = srcIsLow ? dst : src;
        uint bothPorts = (srcIsLow ? srcPort | (dstPort << 16) : dstPort | (srcPort << 16)) ^ (code << 16);
        ulong rest = bothPorts | ((ulong)protocol << 32) | ((ulong)side << 40) | ((ulong)zone << 48);

        // Two rounds between absorbed blocks: a difference in one address is spread over the whole state before the other is mixed in.
        Vector128<byte> state = Aes.Encrypt(Aes.Encrypt(low ^ _key0, _key1), _key2);
        state = Aes.Encrypt(Aes.Encrypt(state ^ high, _key3), _key1);
        return Finish(state ^ Vector128.Create(rest, 0ul).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    uint Finish(Vector128<byte> state)
    {
        state = Aes.Encrypt(state, _key1);
        state = Aes.Encrypt(state, _key2);
        state = Aes.Encrypt(state, _key3);
        return state.AsUInt32().ToScalar();
    }

    /// <summary>A byte that both halves of a query agree on: which kind of query, and whether the smaller address asks.</summary>
    static uint QueryClass(uint type, bool lowAsks)
    {
        // One class for each pair (8, 0), (13, 14), (15, 16), (17, 18), (128, 129), (139, 140).
        uint kind = type switch
        {
            0 or 8 => 1,
            128 or 129 => 2,
            _ => (type + 1) >> 1,
        };
        return (kind << 1) | (lowAsks ? 1u : 0u);
    }
}
