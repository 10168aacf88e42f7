using Conntrack.Control.Settings.Revisions;

namespace Conntrack.Control.Tests.Settings.Revisions;

/// <summary>
/// Power fails 900 times, at every kind of step, with refusals of the disk in between. Together with <see cref="KilledSaverTests"/> that
/// makes a thousand ends, and after each of them the configuration is the last acknowledged one or the one that was being saved.
/// </summary>
public sealed class PowerCutTests
{
    const int Cuts = 900;

    /// <summary>Writing, syncing, naming, syncing the names, removing the oldest: some eight changes.</summary>
    const int MostSteps = 40;

    [Fact]
    public void What_is_found_is_never_older_than_what_was_acknowledged()
    {
        using var life = new Lives(new PowerCutDisk(new Random(1)), new Random(2));
        for (int n = 0; n < Cuts; n++)
        {
            life.Live(MostSteps);
            Assert.Equal("", life.Verdict);
        }

        life.Change();
        Assert.InRange(life.Kept, 2, RevisionHistory.MostRevisions);
        Assert.True(life.Acknowledged > Cuts, $"only {life.Acknowledged} changes came through");
        Assert.True(life.Refused > Cuts / 10, $"the disk refused only {life.Refused}");
        Assert.True(life.FoundNew > Cuts / 20, $"a change that nobody heard of was found only {life.FoundNew} times");
    }

    /// <summary>The judge is worth something: it finds out a disk that keeps no promise.</summary>
    [Fact]
    public void A_disk_that_lies_is_found_out()
    {
        using var life = new Lives(new PowerCutDisk(new Random(1)) { Lies = true }, new Random(2));
        for (int n = 0; n < Cuts && life.Verdict.Length == 0; n++)
        {
            life.Live(MostSteps);
        }

        Assert.NotEqual("", life.Verdict);
    }

    [Fact]
    public void Every_step_of_a_change_is_survived()
    {
        // A history at its limit, so that the oldest revision goes too.
        using var full = new Lives(new PowerCutDisk(new Random(3)), new Random(4));
        for (int n = 0; n < RevisionHistory.MostRevisions + 1; n++)
        {
            full.Change();
        }

        int before = full.Disk.Steps;
        full.Change();
        int steps = full.Disk.Steps - before;
        Assert.Equal(5, steps);
        for (int step = 1; step <= steps; step++)
        {
            for (int n = 0; n < 20; n++)
            {
                full.Live(step, exactly: true);
                Assert.Equal("", full.Verdict);
            }
        }
    }

    /// <summary>Changes until power fails, the next start, and what is to be said about it.</summary>
    sealed class Lives(PowerCutDisk disk, Random random) : IDisposable
    {
        RevisionHistory _history = new(disk);
        string _acknowledgedScript = "";
        readonly HashSet<string> _attempted = [];
        int _attempts;

        public PowerCutDisk Disk { get; private set; } = disk;

        public string Verdict { get; private set; } = "";

        public int Kept => _history.Revisions.Count;

        public int Acknowledged { get; private set; }

        public int Refused { get; private set; }

        public int FoundNew { get; private set; }

        public void Dispose() => _history.Dispose();

        public void Live(int steps, bool exactly = false)
        {
            Disk.CutIn = exactly ? steps : random.Next(1, steps + 1);
            Disk.RefuseIn = exactly ? 0 : random.Next(0, steps);
            try
            {
                while (true)
                {
                    Change();
                }
            }
            catch (PowerCutException)
            {
            }

            Disk = Disk.AfterPowerCut();
            _history = new RevisionHistory(Disk);
            Judge();
        }

        public void Change()
        {
            string script = $"/system identity set name={++_attempts}\n";
            _attempted.Add(script);
            var revision = new Revision { Number = _history.NextNumber, Time = DateTimeOffset.UnixEpoch, Author = RevisionAuthor.Grpc };
            try
            {
                _history.Record(revision, script, () => { });
                _acknowledgedScript = script;
                _attempted.Clear();
                Acknowledged++;
            }
            catch (StateWriteException)
            {
                Refused++;
            }
        }

        void Judge()
        {
            string found = _history.Revisions is [.., var newest] ? _history.ScriptOf(newest.Number) : "";
            bool isNew = _attempted.Contains(found);
            FoundNew += isNew ? 1 : 0;
            Verdict = _history.Damaged.Count > 0 ? $"damaged: {_history.Damaged[0]}"
                : !isNew && found != _acknowledgedScript ? $"acknowledged {_acknowledgedScript} found {found}"
                : "";
            _acknowledgedScript = found;
            _attempted.Clear();
        }
    }
}
