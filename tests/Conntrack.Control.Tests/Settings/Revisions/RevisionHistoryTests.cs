using Conntrack.Control.Settings.Revisions;

namespace Conntrack.Control.Tests.Settings.Revisions;

public sealed class RevisionHistoryTests : IDisposable
{
    readonly PowerCutDisk _disk = new(new Random(1));

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void The_latest_hundred_are_kept()
    {
        using var history = new RevisionHistory(_disk);
        for (int n = 1; n <= 130; n++)
        {
            Record(history, $"/{n}\n");
        }

        Assert.Equal(Enumerable.Range(31, 100).Select(n => (ulong)n), history.Revisions.Select(revision => revision.Number));
        Assert.Equal("/77\n", history.ScriptOf(77));
        Assert.Throws<KeyNotFoundException>(() => history.ScriptOf(30));
        Assert.Equal(100, _disk.List().Count);
        using var again = new RevisionHistory(_disk.AfterPowerCut());
        Assert.Equal(history.Revisions[^1], again.Revisions[^1]);
        Assert.Equal(131ul, again.NextNumber);
    }

    [Fact]
    public void Fewer_are_kept_when_they_are_large_and_two_whatever_their_size()
    {
        using var history = new RevisionHistory(new MemoryFiles());
        for (int n = 1; n <= 9; n++)
        {
            Record(history, new string('#', 10 << 20) + "\n");
        }

        Assert.Equal(6, history.Revisions.Count);
        Record(history, new string('#', 70 << 20) + "\n");
        Assert.Equal([9ul, 10ul], history.Revisions.Select(revision => revision.Number));
    }

    [Fact]
    public void What_a_trial_rolls_back_to_is_kept()
    {
        using var history = new RevisionHistory(new MemoryFiles());
        Record(history, "/first\n");
        for (int n = 0; n < 150; n++)
        {
            Record(history, $"/{n}\n", new Trial(1, DateTimeOffset.MaxValue));
        }

        Assert.Equal("/first\n", history.ScriptOf(1));
    }

    /// <summary>1 writes, 2 syncs, 3 gives the name, 4 syncs the names.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void What_the_disk_refuses_was_never_there(int step, bool inForce)
    {
        using var history = new RevisionHistory(_disk);
        Record(history, "/one\n");
        bool brought = false;
        _disk.RefuseIn = step;
        StateWriteException refused = Assert.Throws<StateWriteException>(() => history.Record(Next(history), "/two\n", () => brought = true));
        Assert.True(refused.IsFull);
        Assert.StartsWith("the change was not made: disk/", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(": No space left on device", refused.Message, StringComparison.Ordinal);
        Assert.Equal(inForce, brought);
        Assert.Single(history.Revisions);

        using var found = new RevisionHistory(_disk.AfterKill());
        Assert.Equal("/one\n", found.ScriptOf(Assert.Single(found.Revisions).Number));
        Record(history, "/three\n");
        Assert.Equal("/three\n", history.ScriptOf(2));
    }

    [Fact]
    public void What_cannot_be_brought_into_force_was_never_there()
    {
        using var history = new RevisionHistory(_disk);
        Assert.Throws<TimeoutException>(() => history.Record(Next(history), "/one\n", () => throw new TimeoutException()));
        Assert.Empty(history.Revisions);
        Assert.Empty(_disk.List());
    }

    [Fact]
    public void What_is_known_about_the_latest_can_change()
    {
        using var history = new RevisionHistory(_disk);
        Record(history, "/one\n");
        Record(history, "/two\n", new Trial(1, DateTimeOffset.UnixEpoch));
        history.Record(history.Revisions[^1] with { Trial = null }, "/two\n", () => { });
        Assert.Equal([1ul, 2ul], history.Revisions.Select(revision => revision.Number));
        using var found = new RevisionHistory(_disk.AfterPowerCut());
        Assert.Null(found.Revisions[^1].Trial);
    }

    [Fact]
    public void Damage_is_found_and_told_by_file()
    {
        var files = new MemoryFiles();
        using (var history = new RevisionHistory(files))
        {
            Record(history, "/one\n");
            Record(history, "/two\n");
            Record(history, "/three\n");
            files.Write("00000002.rsc", [.. files.Read("00000002.rsc")[..^1]]);
            Assert.Contains("00000002.rsc", Assert.Throws<StateDamagedException>(() => history.ScriptOf(2)).Message, StringComparison.Ordinal);
            files.Write("00000004.rsc", files.Read("00000003.rsc"));
            files.Write("5.rsc", files.Read("00000003.rsc"));
            files.Write("notes.txt", [1]);
            using var found = new RevisionHistory(files);
            Assert.Equal([1ul, 3ul], found.Revisions.Select(revision => revision.Number));
            Assert.Equal([2ul, 4ul], found.Damaged.Select(damaged => damaged.Number));
            Assert.Equal("it holds revision 3", found.Damaged[1].Problem);
            Assert.Equal(5ul, found.NextNumber);
        }
    }

    static void Record(RevisionHistory history, string script, Trial? trial = null) =>
        history.Record(Next(history) with { Trial = trial }, script, () => { });

    static Revision Next(RevisionHistory history) =>
        new() { Number = history.NextNumber, Time = DateTimeOffset.UnixEpoch, Author = RevisionAuthor.Grpc };
}
