using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Conntrack.Dataplane;

/// <summary>Hashes of the connections opened in this burst that are not in the index yet: four compares of eight tell whether one is among them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
unsafe struct Pending
{
    [FieldOffset(0)] public int Count;
    [FieldOffset(64)] fixed uint _hashes[Worker.MaxBurst];

    /// <summary>A different key with the same 32 bits only cuts a burst that need not be cut.</summary>
    public readonly bool Contains(uint hash)
    {
        fixed (uint* hashes = _hashes)
        {
            Vector256<uint> wanted = Vector256.Create(hash);
            for (int i = 0; i < Count; i += 8)
            {
                uint matches = Vector256.Equals(wanted, Vector256.Load(hashes + i)).ExtractMostSignificantBits();
                if (Count - i < 8)
                {
                    matches &= (1u << (Count - i)) - 1;
                }

                if (matches != 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    public void Add(uint hash) => _hashes[Count++] = hash;
}
