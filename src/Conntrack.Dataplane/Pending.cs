using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Dataplane;

/// <summary>Hashes of the connections opened in this burst that are not in the index yet: four compares of eight tell whether one is among them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64 + (3 * Worker.MaxBurst * sizeof(uint)))]
unsafe struct Pending
{
    [FieldOffset(0)] public int Count;
    [FieldOffset(64)] fixed uint _hashes[Worker.MaxBurst];

    /// <summary>Both ends of each, while connections are translated.</summary>
    [FieldOffset(64 + (Worker.MaxBurst * sizeof(uint)))] fixed uint _sources[Worker.MaxBurst];
    [FieldOffset(64 + (2 * Worker.MaxBurst * sizeof(uint)))] fixed uint _destinations[Worker.MaxBurst];

    /// <summary>A different key with the same 32 bits only cuts a burst that need not be cut.</summary>
    public readonly bool Contains(uint hash)
    {
        fixed (uint* hashes = _hashes)
        {
            return IsAmong(hashes, hash);
        }
    }

    /// <summary>Whether a packet comes from where one of these goes, or goes to where one comes from.</summary>
    public readonly bool Meets(uint source, uint destination)
    {
        fixed (uint* sources = _sources)
        {
            fixed (uint* destinations = _destinations)
            {
                return IsAmong(destinations, source) || IsAmong(sources, destination);
            }
        }
    }

    public void Add(uint hash) => _hashes[Count++] = hash;

    /// <summary>Both ends of the one added last.</summary>
    public void AddEnds(uint source, uint destination)
    {
        _sources[Count - 1] = source;
        _destinations[Count - 1] = destination;
    }

    /// <summary>What lies behind the last word is old, and does not count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly bool IsAmong(uint* words, uint sought)
    {
        Vector256<uint> wanted = Vector256.Create(sought);
        ulong matches = 0;
        for (int i = 0; i < Count; i += 8)
        {
            matches |= (ulong)Vector256.Equals(wanted, Vector256.Load(words + i)).ExtractMostSignificantBits() << i;
        }

        return (matches & ((1ul << Count) - 1)) != 0;
    }
}
