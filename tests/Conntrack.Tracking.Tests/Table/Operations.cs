using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Table;

/// <summary>Random programs for the model tests: each number is an operation and its argument.</summary>
static class Operations
{
    /// <summary>Arrays whose length grows with FsCheck's size; shrinks by leaving out halves, quarters … single operations.</summary>
    public static Arbitrary<int[]> Arbitrary() => Arb.From(Gen.Choose(0, int.MaxValue - 1).ArrayOf(), Shrink);

    /// <summary>Which of so many kinds an operation is, and its argument.</summary>
    public static (int Kind, int Argument) Decode(int operation, int kinds) => (operation % kinds, operation / kinds);

    static IEnumerable<int[]> Shrink(int[] operations)
    {
        for (int length = operations.Length; length >= 1; length /= 2)
        {
            for (int start = 0; start + length <= operations.Length; start += length)
            {
                yield return [.. operations[..start], .. operations[(start + length)..]];
            }
        }
    }
}
