using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings;

/// <summary>Scripts and revisions as transactions.</summary>
public sealed class ScriptTests : IDisposable
{
    const string TwoRules = """
        /ip firewall filter
        add chain=forward action=accept protocol=tcp dst-port=80
        add chain=forward action=drop
        """;

    readonly StoreRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_script_is_carried_out_on_top_of_what_is_there()
    {
        Assert.Equal(2ul, _rig.Apply(TwoRules));
        Assert.Equal(3ul, _rig.Apply("/ip firewall filter\nadd chain=forward action=drop protocol=udp place-before=0\n" + StoreRig.UdpTimeout(45)));
        Assert.Equal([3ul, 1ul, 2ul], _rig.Filter.Select(rule => rule.Id));
        Assert.Equal(45, _rig.UdpTimeout());
        Assert.Equal(2, _rig.Published.Count);
        Assert.Equal(
            [(1ul, RevisionAuthor.Start), (2ul, RevisionAuthor.Grpc), (3ul, RevisionAuthor.Grpc)],
            _rig.Store.Revisions.Select(revision => (revision.Number, revision.Author)));
    }

    [Fact]
    public void A_script_with_an_error_changes_nothing()
    {
        _rig.Apply(TwoRules);
        RouterConfiguration before = _rig.Store.Current;
        ScriptChange change = _rig.Store.Apply(StoreRig.UdpTimeout(45) + "/ip firewall filter add chian=forward\n/ip firewall filter add chain=forward hw-offload=no", new());
        Assert.Null(change.Revision);
        Diagnostic misspelt = Assert.Single(change.Diagnostics, finding => finding.Word == "chian");
        Assert.Equal((Severity.Error, "script", 2, "chain"), (misspelt.Severity, misspelt.File, misspelt.Line, misspelt.Nearest));
        Assert.Contains(change.Diagnostics, finding => finding.Line == 3);
        Assert.Same(before, _rig.Store.Current);
        Assert.Equal(2ul, _rig.Store.CurrentRevision.Number);
        Assert.Single(_rig.Published);
    }

    [Fact]
    public void Validation_finds_the_same_and_does_nothing()
    {
        Assert.NotNull(_rig.Store.Validate(TwoRules, new()).Revision);
        Assert.Null(_rig.Store.Validate("/ip firewall filter add chian=forward", new()).Revision);
        Assert.Throws<StaleRevisionException>(() => _rig.Store.Validate(TwoRules, new() { Base = 2 }));
        Assert.Throws<ConfigurationRefusedException>(() => _rig.Store.Validate("/ip firewall connection tracking set max-entries=2000000", new()));
        Assert.Empty(_rig.Published);
        Assert.Equal(1ul, _rig.Store.CurrentRevision.Number);
    }

    [Fact]
    public void A_change_made_for_another_revision_is_refused()
    {
        ulong base1 = _rig.Store.CurrentRevision.Number;
        Assert.Equal(2ul, _rig.Apply(StoreRig.UdpTimeout(40), on: base1));
        Assert.Throws<StaleRevisionException>(() => _rig.Apply(StoreRig.UdpTimeout(50), on: base1));
        Assert.Throws<StaleRevisionException>(() => _rig.Store.RollBack(1, new ChangeTerms { Base = 1 }));
        Assert.Equal((40, 2ul), (_rig.UdpTimeout(), _rig.Store.CurrentRevision.Number));
    }

    [Fact]
    public void What_changes_nothing_makes_no_revision()
    {
        _rig.Apply(StoreRig.UdpTimeout(45));
        Assert.Equal(2ul, _rig.Apply(StoreRig.UdpTimeout(45)));
        Assert.Equal(2ul, _rig.Apply("", confirm: 60));
        Assert.Equal(2ul, _rig.Apply(_rig.Script, replace: true));
        Assert.Null(_rig.Store.CurrentRevision.Trial);
        Assert.Equal(0, _rig.Time.Timers);
        Assert.Equal(2, _rig.Store.Revisions.Count);
    }

    [Fact]
    public void Replacing_makes_the_script_the_whole_and_lets_rules_that_stay_go_on_counting()
    {
        _rig.Apply(TwoRules + "\nadd chain=input action=drop\n" + StoreRig.UdpTimeout(45));
        RouterConfiguration before = _rig.Store.Current;
        _rig.Apply(_rig.Script, replace: true);
        Assert.Same(before, _rig.Store.Current);

        _rig.Apply(
            """
            /ip firewall filter
            add chain=input action=drop
            add chain=forward action=accept protocol=tcp dst-port=443
            add chain=forward action=drop
            /ipv6 firewall filter
            add chain=forward action=drop
            """,
            replace: true);
        Assert.Equal(30, _rig.UdpTimeout());
        Assert.Equal([3ul, 4ul, 2ul], _rig.Filter.Select(rule => rule.Id));
        Assert.Equal(5ul, Assert.Single(_rig.Store.Current.Rules.Of(RuleFamily.Ipv6, RuleTable.Filter)).Id);
    }

    [Fact]
    public void A_rollback_is_a_new_revision()
    {
        _rig.Apply(TwoRules);
        _rig.Apply("/ip firewall filter remove 0");
        _rig.Apply(StoreRig.UdpTimeout(45));
        Revision back = _rig.Store.RollBack(2, new ChangeTerms { Comment = "again" }).Revision!;
        Assert.Equal((5ul, RevisionAuthor.Rollback, 2ul, "again"), (back.Number, back.Author, back.Restores, back.Comment));
        Assert.Equal(_rig.Store.Export(2).Script, _rig.Script);

        // The rule that was there all along is the same one; the other one is made anew, and nothing of an earlier one clings to it.
        Assert.Equal([3ul, 2ul], _rig.Filter.Select(rule => rule.Id));
        Assert.Equal(6ul, _rig.Store.RollBack(null, new()).Revision!.Number);
        Assert.Equal(_rig.Store.Export(4).Script, _rig.Script);
        Assert.Throws<KeyNotFoundException>(() => _rig.Store.RollBack(77, new()));
    }

    [Fact]
    public void There_is_nothing_before_the_first()
    {
        Assert.Throws<KeyNotFoundException>(() => _rig.Store.RollBack(null, new()));
        Assert.Throws<KeyNotFoundException>(() => _rig.Store.Compare(null, null));
    }

    /// <summary>1 writes, 2 syncs, 3 gives the name, 4 syncs the names. What comes behind the publication takes it back.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    public void A_disk_that_refuses_leaves_everything_as_it_was(int step, int published)
    {
        _rig.Apply(StoreRig.UdpTimeout(40));
        RouterConfiguration before = _rig.Store.Current;
        _rig.Published.Clear();
        _rig.Disk.RefuseIn = step;
        Assert.Throws<StateWriteException>(() => _rig.Apply(StoreRig.UdpTimeout(50)));
        Assert.Equal(published, _rig.Published.Count);
        Assert.Same(before, published == 0 ? before : _rig.Published[^1]);
        Assert.Same(before, _rig.Store.Current);
        Assert.Equal(2, _rig.Store.Revisions.Count);
        Assert.Equal(3ul, _rig.Apply(StoreRig.UdpTimeout(60)));
    }

    [Fact]
    public void Changes_by_other_ways_are_revisions_too()
    {
        _rig.Store.Change(new MenuCommand("/ip firewall connection tracking", "set").Add("udp-timeout", "45s"));
        RouterConfiguration current = _rig.Store.Current;
        Assert.True(_rig.Store.TryReplace(
            current, current with { Tracking = current.Tracking with { MaxEntries = 5000 } }, RevisionAuthor.Console));
        Assert.Equal([RevisionAuthor.Start, RevisionAuthor.Grpc, RevisionAuthor.Console], _rig.Store.Revisions.Select(revision => revision.Author));
        Assert.Equal(3ul, _rig.Store.CurrentRevision.Number);
        Assert.Equal(_rig.Script, new RevisionHistory(_rig.Disk.AfterPowerCut()).ScriptOf(3));
    }

    [Fact]
    public void Revisions_and_scripts_are_compared()
    {
        _rig.Apply(TwoRules);
        Comparison last = _rig.Store.Compare(null, null);
        Assert.Equal(
            [("/ip firewall filter", "", "add action=accept chain=forward dst-port=80 protocol=tcp"), ("/ip firewall filter", "", "add action=drop chain=forward")],
            last.Difference!.Entries.Select(entry => (entry.Menu, entry.Before, entry.After)));
        Comparison planned = _rig.Store.Compare(null, StoreRig.UdpTimeout(45) + "/ip firewall filter remove 0", replace: false);
        Assert.StartsWith("--- revision 2\n+++ script\n@@ -1,3 +1,4 @@\n+/ip firewall connection tracking\n+set udp-timeout=45s\n", planned.Difference!.Unified, StringComparison.Ordinal);
        Comparison wrong = _rig.Store.Compare(null, "/ip firewall filter add chian=forward", replace: true);
        Assert.Null(wrong.Difference);
        Assert.NotEmpty(wrong.Diagnostics);
        Assert.Equal(2ul, _rig.Store.CurrentRevision.Number);
    }

    [Fact]
    public void After_the_end_nothing_changes()
    {
        _rig.Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _rig.Apply(TwoRules));
        Assert.Empty(_rig.Published);
    }
}
