using Conntrack.Tracking.Tcp;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>One word for everything that is no sequence number: no mark may disturb another.</summary>
public class TcpMarksTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public void What_is_written_is_read_and_nothing_else_changes(uint before)
    {
        var marks = new TcpMarks(before);
        for (int direction = 0; direction < 2; direction++)
        {
            foreach (TcpKind kind in Enum.GetValues<TcpKind>())
            {
                TcpMarks last = marks.WithLast(direction, kind);
                Assert.Equal((kind, direction), (last.LastKind, last.LastDirection));
                AssertOnly(0x01E0_0000, before, last);
            }

            for (int scale = -1; scale <= 14; scale++)
            {
                TcpMarks started = marks.Started(direction, scale, sackPermitted: true);
                Assert.Equal((Math.Max(scale, 0), scale >= 0), (started.Shift(direction), started.OffersScaling(direction)));
                Assert.True(started.Has(TcpMarks.SackPermitted, direction));
                Assert.False(started.Has(TcpMarks.Unacknowledged, direction) | started.Has(TcpMarks.HasAcknowledged, direction));
                AssertOnly((0xfu << (4 * direction)) | (0x5100u << direction), before, started);

                TcpMarks afresh = marks.WithIgnoredOffer(scale, sackPermitted: false).StartedAsIgnored(direction);
                Assert.Equal((Math.Max(scale, 0), scale >= 0), (afresh.Shift(direction), afresh.OffersScaling(direction)));
                Assert.False(afresh.OffersScaling(1 - direction) | afresh.Has(TcpMarks.SackPermitted, direction));
            }

            foreach (uint mark in (uint[])[TcpMarks.SackPermitted, TcpMarks.Liberal, TcpMarks.Unacknowledged, TcpMarks.HasAcknowledged])
            {
                Assert.True(marks.With(mark << direction).Has(mark, direction));
                Assert.True(marks.With(mark << direction).EitherHas(mark));
                Assert.False(marks.Without(mark * TcpMarks.OfBothDirections).EitherHas(mark));
            }
        }
    }

    [Fact]
    public void Repetitions_stop_at_the_number_that_counts()
    {
        var marks = new TcpMarks(~0x0018_0000u);
        uint[] counted = [.. Enumerable.Range(0, 300).Select(_ => (marks = marks.WithRepetition(0)).Repetitions)];
        Assert.Equal([1u, 2u, .. Enumerable.Repeat(3u, 298)], counted);
        Assert.Equal(0u, marks.WithRepetition(1).Repetitions);
        AssertOnly(0x0018_0000, ~0x0018_0000u, marks);
    }

    [Fact]
    public void Without_scaling_on_both_sides_no_window_is_shifted()
    {
        TcpMarks marks = new TcpMarks(0).Started(0, 7, false).Started(1, -1, false).WithoutShifts();
        Assert.Equal((0, 0, true, false), (marks.Shift(0), marks.Shift(1), marks.OffersScaling(0), marks.OffersScaling(1)));
    }

    static void AssertOnly(uint bits, uint before, TcpMarks after) => Assert.Equal(0u, (before ^ after.Bits) & ~bits);
}
