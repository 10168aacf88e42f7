using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Dataplane;

/// <summary>
/// The packets of a burst that the flow cache has left to the slow path, by the hashes of their connections: what comes behind one must not
/// overtake it.
/// </summary>
/// <remarks><code>
///   0 filter: a bit for the upper six of every hash (8)   8 packets (4)   12 hashes (4)   16 unknown (1)   17 all (1)   18 keeps order (1)   20 staying (4)
///  64 hashes: two a packet at most
/// 320
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
unsafe struct SlowPackets
{
    public const int ByteSize = 64 + (2 * Worker.MaxBurst * sizeof(uint));

    const int FilterShift = 26;

    [FieldOffset(0)] ulong _filter;

    /// <summary>How many they are.</summary>
    [FieldOffset(8)] public int Count;

    [FieldOffset(12)] int _hashCount;

    /// <summary>Of one of them only its own direction's hash is here, or not even that.</summary>
    [FieldOffset(16)] public bool HoldsUnknown;

    /// <summary>Nobody knows of what connection one of them is.</summary>
    [FieldOffset(17)] bool _holdsAll;

    /// <summary>What comes behind one of them must not leave before it.</summary>
    [FieldOffset(18)] public bool KeepsOrder;

    /// <summary>Packets that have been forwarded and go on with them nevertheless.</summary>
    [FieldOffset(20)] public int Staying;

    [FieldOffset(64)] fixed uint _hashes[2 * Worker.MaxBurst];

    /// <inheritdoc cref="_holdsAll"/>
    public bool HoldsAll
    {
        readonly get => _holdsAll;
        set
        {
            _holdsAll = value;
            HoldsUnknown |= value;
        }
    }

    /// <summary>None yet.</summary>
    public static void Clear(SlowPackets* packets)
    {
        packets->_filter = 0;
        packets->Count = 0;
        packets->_hashCount = 0;
        packets->HoldsUnknown = false;
        packets->_holdsAll = false;
        packets->KeepsOrder = false;
        packets->Staying = 0;
    }

    /// <summary>One more.</summary>
    /// <param name="packets">Fewer than a burst.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="other">That of its connection's other direction, the same unless it is translated.</param>
    /// <param name="known">Whether <paramref name="other"/> is known.</param>
    public static void Add(SlowPackets* packets, uint hash, uint other, bool known)
    {
        packets->Count++;
        packets->HoldsUnknown |= !known;
        packets->_hashes[packets->_hashCount++] = hash;
        packets->_filter |= 1ul << (int)(hash >> FilterShift);
        if (other != hash)
        {
            packets->_hashes[packets->_hashCount++] = other;
            packets->_filter |= 1ul << (int)(other >> FilterShift);
        }
    }

    /// <summary>False when there is surely none of that hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayHold(SlowPackets* packets, uint hash) => ((packets->_filter >> (int)(hash >> FilterShift)) & 1) != 0;

    /// <summary>A different key with the same 32 bits only sends a packet the long way.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Holds(SlowPackets* packets, uint hash)
    {
        Vector256<uint> wanted = Vector256.Create(hash);
        int count = packets->_hashCount;
        for (int i = 0; i < count; i += 8)
        {
            uint matches = Vector256.Equals(wanted, Vector256.Load(packets->_hashes + i)).ExtractMostSignificantBits();
            matches &= count - i < 8 ? (1u << (count - i)) - 1 : byte.MaxValue;
            if (matches != 0)
            {
                return true;
            }
        }

        return false;
    }
}
