using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Paths;

/// <summary>
/// The ways through chains that a worker's connections remember, by number; each is there once. They are of one edition of the rules: with the
/// next one all numbers are forgotten, which connections learn by the edition they carry.
/// </summary>
/// <remarks><code>
///      0 edition (8)   8 count (4)   64 buckets: first path of each (4096 × 2)   8256 paths, 128 each, number 0 is none
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = ByteSize)]
public unsafe struct RulePaths
{
    /// <summary>Paths at most. One more is not remembered, and its packets are evaluated one by one.</summary>
    public const int Most = 4095;

    /// <summary>Bytes of a table, 64-byte aligned.</summary>
    public const int ByteSize = PathsOffset + ((Most + 1) * RulePath.ByteSize);

    const int Buckets = 4096, PathsOffset = 64 + (Buckets * sizeof(ushort));

    [FieldOffset(0)] ulong _edition;
    [FieldOffset(8)] uint _count;
    [FieldOffset(64)] fixed ushort _buckets[Buckets];

    /// <summary>Before a burst: forgets the paths of other rules than these.</summary>
    /// <param name="paths">The table; zeroed memory is an empty one.</param>
    /// <param name="edition"><see cref="RuleImage.Edition"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Follow(RulePaths* paths, ulong edition)
    {
        if (paths->_edition != edition)
        {
            Forget(paths, edition);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static RulePath* At(RulePaths* paths, uint number) => (RulePath*)((byte*)paths + PathsOffset) + number;

    /// <summary>The number of a way, a new one when nobody has gone it before; 0 when there is no room.</summary>
    internal static ushort NumberOf(RulePaths* paths, ulong key, RuleVerdict verdict, PathRecorder* recorded)
    {
        ulong hash = key ^ verdict.Word;
        for (uint i = 0; i < recorded->Count; i++)
        {
            hash = (hash ^ recorded->Slots[i]) * 0x9e37_79b9_7f4a_7c15;
        }

        hash *= 0x9e37_79b9_7f4a_7c15;
        ushort* bucket = paths->_buckets + (hash >> 52);
        for (ushort number = *bucket; number != 0; number = At(paths, number)->Next)
        {
            if (Is(At(paths, number), key, verdict, recorded))
            {
                return number;
            }
        }

        if (paths->_count == Most)
        {
            return 0;
        }

        var made = (ushort)++paths->_count;
        RulePath* path = At(paths, made);
        path->Verdict = verdict;
        path->Key = key;
        path->Count = recorded->Count;
        for (uint i = 0; i < recorded->Count; i++)
        {
            path->Slots[i] = recorded->Slots[i];
            path->Rules[i] = recorded->Rules[i];
        }

        path->Next = *bucket;
        *bucket = made;
        return made;
    }

    static bool Is(RulePath* path, ulong key, RuleVerdict verdict, PathRecorder* recorded)
    {
        if (path->Key != key || path->Verdict.Word != verdict.Word || path->Count != recorded->Count)
        {
            return false;
        }

        for (uint i = 0; i < recorded->Count; i++)
        {
            if (path->Rules[i] != recorded->Rules[i])
            {
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Forget(RulePaths* paths, ulong edition)
    {
        new Span<ushort>(paths->_buckets, Buckets).Clear();
        paths->_count = 0;
        paths->_edition = edition;
    }
}
