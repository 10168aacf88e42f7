#pragma warning disable CA1416 // The product is Linux's alone, and so are the modes of its files.
using Conntrack.Control.Replay;
using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;

namespace Conntrack.Control.Tests.Settings;

/// <summary>What a router starts with.</summary>
public sealed class StartingPointTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("ctrack-").FullName;
    readonly List<string> _warnings = [];

    string State => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_start_has_the_defaults_and_the_next_what_was_acknowledged()
    {
        Assert.Equal((1ul, RevisionAuthor.Start, 30), Life(store => (store.CurrentRevision.Number, store.CurrentRevision.Author, Udp(store))));
        Assert.Equal(2ul, Life(store => store.Apply(StoreRig.UdpTimeout(45), new()).Revision!.Number));
        Assert.Equal((2ul, 45), Life(store => (store.CurrentRevision.Number, Udp(store))));
        Assert.Equal((2ul, 45), Life(store => (store.CurrentRevision.Number, Udp(store))));
        Assert.Empty(_warnings);
        Assert.Equal(["00000001.rsc", "00000002.rsc"], Directory.EnumerateFiles(State).Select(Path.GetFileName).Order());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(State));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(State, "00000001.rsc")));
    }

    [Fact]
    public void A_script_that_is_given_always_wins_and_what_it_replaces_stays_in_the_history()
    {
        string script = Write(StoreRig.UdpTimeout(40));
        Assert.Equal((1ul, 40, $"--config {script}"), Life(store => (store.CurrentRevision.Number, Udp(store), store.CurrentRevision.Comment), script));
        Assert.Equal(1ul, Life(store => store.CurrentRevision.Number, script));
        Life(store => store.Apply(StoreRig.UdpTimeout(45), new()), script);
        Assert.Empty(_warnings);
        Assert.Equal((3ul, 40), Life(store => (store.CurrentRevision.Number, Udp(store)), script));
        Assert.Matches($"^--config {script} takes the place of revision 2 of [^ ]+ [^ ]+ UTC \\(grpc\\)", Assert.Single(_warnings));
        Assert.Equal(45, Life(store =>
        {
            store.RollBack(2, new());
            return Udp(store);
        }));
    }

    [Fact]
    public void An_unconfirmed_revision_does_not_survive_its_router()
    {
        Life(store => store.Apply(StoreRig.UdpTimeout(40), new()));
        Life(store => store.Apply(StoreRig.UdpTimeout(50), new ChangeTerms { Confirm = TimeSpan.FromHours(1) }));
        (Revision revision, int udp) = Life(store => (store.CurrentRevision, Udp(store)));
        Assert.Equal((4ul, RevisionAuthor.Unconfirmed, 2ul, 40), (revision.Number, revision.Author, revision.Restores, udp));
        Assert.StartsWith("revision 3 was not confirmed before the router stopped: starting with revision 2 ", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal(4ul, Life(store => store.CurrentRevision.Number));
    }

    [Fact]
    public void Damage_keeps_it_from_starting_and_the_message_knows_the_way_out()
    {
        Life(store => store.Apply(StoreRig.UdpTimeout(40), new()));
        Life(store => store.Apply(StoreRig.UdpTimeout(50), new()));
        string file = Path.Combine(State, "00000003.rsc");
        File.WriteAllText(file, File.ReadAllText(file).Replace("50s", "51s", StringComparison.Ordinal));
        string message = Assert.Throws<UserErrorException>(() => Life(Udp)).Message;
        Assert.StartsWith($"--state: {file} is damaged: it was changed", message, StringComparison.Ordinal);
        Assert.Contains("move it away to start with revision 2 ", message, StringComparison.Ordinal);

        // Both ways out lead out, and neither gives the damaged one's number again.
        Assert.Equal((4ul, 60), Life(store => (store.CurrentRevision.Number, Udp(store)), Write(StoreRig.UdpTimeout(60))));
        File.Delete(Path.Combine(State, "00000004.rsc"));
        File.Move(file, file + ".damaged");
        Assert.Equal(40, Life(Udp));
    }

    [Fact]
    public void Damage_of_an_old_revision_is_told_and_left_out()
    {
        Life(store => store.Apply(StoreRig.UdpTimeout(40), new()));
        File.WriteAllText(Path.Combine(State, "00000001.rsc"), "");
        Assert.Equal((40, 1), Life(store => (Udp(store), store.Revisions.Count)));
        Assert.EndsWith("00000001.rsc is damaged and left out: it is empty", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_unconfirmed_revision_rolls_back_to_has_to_be_there()
    {
        Life(store => store.Apply(StoreRig.UdpTimeout(40), new ChangeTerms { Confirm = TimeSpan.FromHours(1) }));
        File.WriteAllText(Path.Combine(State, "00000001.rsc"), "");
        Assert.Contains("00000001.rsc is damaged", Assert.Throws<UserErrorException>(() => Life(Udp)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(State, "00000001.rsc"));
        Assert.Contains("revision 1 is missing", Assert.Throws<UserErrorException>(() => Life(Udp)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_revision_that_this_version_cannot_read_is_no_reason_to_start_with_less()
    {
        using (var files = DiskFiles.Open(State))
        using (var history = new RevisionHistory(files))
        {
            var revision = new Revision { Number = 1, Time = DateTimeOffset.UnixEpoch, Author = RevisionAuthor.Grpc };
            history.Record(revision, "/ip firewall filter\nadd chain=forward action=levitate\n", () => { });
        }

        string message = Assert.Throws<UserErrorException>(() => Life(Udp)).Message;
        Assert.StartsWith($"--state: {State}/00000001.rsc:6:", message, StringComparison.Ordinal);
        Assert.Contains("levitate", message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_memory_nothing_is_left()
    {
        Assert.Equal(2ul, Life(store => store.Apply(StoreRig.UdpTimeout(40), new()).Revision!.Number, location: StateLocation.None));
        Assert.Equal((1ul, 30), Life(store => (store.CurrentRevision.Number, Udp(store)), location: StateLocation.None));
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public void A_place_that_cannot_be_had_is_refused_when_it_was_named()
    {
        File.WriteAllText(State, "a file");
        Assert.StartsWith($"--state: {State}: ", Assert.Throws<UserErrorException>(() => Life(Udp)).Message, StringComparison.Ordinal);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_place_that_nobody_named_can_be_done_without_unless_it_may_hold_a_configuration()
    {
        // Below a file no directory can be made.
        File.WriteAllText(State, "a file");
        var elsewhere = StateLocation.DefaultAt(Path.Combine(State, "ctrack"));
        Assert.Equal(30, Life(Udp, location: elsewhere));
        Assert.EndsWith("; changes live in memory and end with the router", Assert.Single(_warnings), StringComparison.Ordinal);

        // Another router's: with a script of its own a second one can be without.
        string taken = Path.Combine(_folder, "taken");
        using var other = DiskFiles.Open(taken);
        Assert.Contains("is in use", Assert.Throws<UserErrorException>(() => Life(Udp, location: StateLocation.DefaultAt(taken))).Message, StringComparison.Ordinal);
        Assert.Equal(40, Life(Udp, Write(StoreRig.UdpTimeout(40)), StateLocation.DefaultAt(taken)));
    }

    static int Udp(ConfigurationStore store) => (int)store.Current.Tracking.UdpTimeout.TotalSeconds;

    string Write(string script)
    {
        string file = Path.Combine(_folder, "router.rsc");
        File.WriteAllText(file, script);
        return file;
    }

    /// <summary>From start to stop.</summary>
    T Life<T>(Func<ConfigurationStore, T> act, string? script = null, StateLocation? location = null)
    {
        using var error = new StringWriter();
        using var start = StartingPoint.Find(location ?? StateLocation.Of(State), script, error, _warnings.Add);
        using var store = new ConfigurationStore(start, _ => { }, _ => { }, _warnings.Add, new ManualTime());
        Assert.Equal("", error.ToString());
        return act(store);
    }
}
