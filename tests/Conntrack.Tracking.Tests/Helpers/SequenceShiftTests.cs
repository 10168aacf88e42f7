using Conntrack.Tracking.Helpers;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Helpers;

/// <summary>Numbers that are shifted and shifted back.</summary>
public sealed class SequenceShiftTests
{
    /// <summary>Every number behind the latest change comes back, whatever was changed before.</summary>
    [Fact]
    public void There_and_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(uint, ushort)>(), ArbMap.Default.ArbFor<byte[]>(), (a, growths) => Shifted(a.Item1, growths, a.Item2))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    static void Shifted(uint start, byte[] growths, ushort ahead)
    {
        SequenceShift shift = default;
        uint sequence = start;
        int sum = 0;
        foreach (byte growth in growths ?? [])
        {
            sequence += 100;
            // A segment of a hundred bytes keeps one at least.
            int longer = Math.Max(-99, (int)(sbyte)growth);
            shift.Note(sequence, longer);
            sum += longer;

            // What comes again was noted.
            shift.Note(sequence, longer);
        }

        uint number = sequence + 101 + ahead;
        Assert.Equal(number + (uint)sum, shift.Forth(number));
        Assert.Equal(number, shift.Back(shift.Forth(number)));
        Assert.Equal(sequence, shift.Back(shift.Forth(sequence)));
    }
}
