using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Tests.Settings;

/// <summary>Changes that roll back unless they are confirmed.</summary>
public sealed class TrialTests : IDisposable
{
    readonly StoreRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Unconfirmed_it_rolls_back_by_itself()
    {
        _rig.Apply(StoreRig.UdpTimeout(40));
        _rig.Apply("/ip firewall filter add chain=forward\n" + StoreRig.UdpTimeout(50), confirm: 60);
        Assert.Equal(new Trial(2, _rig.Time.GetUtcNow().AddSeconds(60)), _rig.Store.CurrentRevision.Trial);
        _rig.Time.Advance(59.9);
        Assert.Equal(50, _rig.UdpTimeout());
        _rig.Time.Advance(0.1);
        Assert.Equal(40, _rig.UdpTimeout());
        Assert.Same(_rig.Store.Current, _rig.Published[^1]);
        Revision back = _rig.Store.CurrentRevision;
        Assert.Equal((4ul, RevisionAuthor.Unconfirmed, 2ul, null), (back.Number, back.Author, back.Restores, back.Trial));
        Assert.Equal(["revision 3 was not confirmed in time: back to revision 2, as revision 4"], _rig.Warnings);

        // Ids are never given twice: not that of the rule that came and went either.
        _rig.Apply("/ip firewall filter add chain=forward");
        Assert.Equal(2ul, _rig.Filter[0].Id);
    }

    [Fact]
    public void Confirmed_it_stays()
    {
        ulong number = _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        Assert.Throws<ConfirmationException>(() => _rig.Store.Confirm(number - 1));
        Assert.Equal(number, _rig.Store.Confirm(number).Number);
        _rig.Time.Advance(3600);
        Assert.Equal(50, _rig.UdpTimeout());
        Assert.Null(_rig.Store.CurrentRevision.Trial);
        Assert.Null(new RevisionHistory(_rig.Disk.AfterPowerCut()).Revisions[^1].Trial);
        Assert.Equal(2, _rig.Store.Revisions.Count);
        Assert.Throws<ConfirmationException>(() => _rig.Store.Confirm(null));
    }

    [Fact]
    public void Who_does_not_know_of_it_changes_nothing()
    {
        _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        RouterConfiguration current = _rig.Store.Current;
        Assert.Throws<ConfirmationException>(() => _rig.Apply(StoreRig.UdpTimeout(70)));
        Assert.Throws<ConfirmationException>(() => _rig.Store.Change(configuration => RouterConfiguration.Default));
        Assert.Throws<ConfirmationException>(() => _rig.Store.Change(new MenuCommand("/ip firewall connection tracking", "set").Add("udp-timeout", "1s")));
        Assert.Throws<ConfirmationException>(() => _rig.Store.TryReplace(current, RouterConfiguration.Default, RevisionAuthor.Console));
        Assert.Same(current, _rig.Store.Current);
        _rig.Time.Advance(60);
        Assert.Equal(30, _rig.UdpTimeout());
    }

    [Fact]
    public void A_change_on_top_of_it_confirms_it()
    {
        ulong trial = _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        Assert.Equal(trial + 1, _rig.Apply("/ip firewall connection tracking set icmp-timeout=5s", on: trial));
        _rig.Time.Advance(3600);
        Assert.Equal(50, _rig.UdpTimeout());

        // Also one that changes nothing: JunOS's second commit.
        trial = _rig.Apply(StoreRig.UdpTimeout(60), confirm: 60);
        Assert.Equal(trial, _rig.Apply("", on: trial));
        _rig.Time.Advance(3600);
        Assert.Equal(60, _rig.UdpTimeout());
    }

    [Fact]
    public void A_second_trial_on_top_of_it_starts_the_time_anew_and_comes_back_to_the_same()
    {
        ulong first = _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        _rig.Time.Advance(50);
        ulong second = _rig.Apply(StoreRig.UdpTimeout(60), confirm: 60, on: first);
        Assert.Equal(first - 1, _rig.Store.CurrentRevision.Trial!.RollsBackTo);
        _rig.Time.Advance(50);
        Assert.Equal(second, _rig.Apply("", confirm: 60, on: second));
        _rig.Time.Advance(50);
        Assert.Equal(60, _rig.UdpTimeout());
        Assert.Equal(1, _rig.Time.Timers);
        _rig.Time.Advance(10);
        Assert.Equal(30, _rig.UdpTimeout());
        Assert.Equal(first - 1, _rig.Store.CurrentRevision.Restores);
    }

    [Fact]
    public void A_rollback_ends_it_and_may_be_on_trial_itself()
    {
        _rig.Apply(StoreRig.UdpTimeout(40));
        _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        Assert.Equal(2ul, _rig.Store.RollBack(null, new()).Revision!.Restores);
        Assert.Equal((40, 0), (_rig.UdpTimeout(), _rig.Time.Timers));
        _rig.Store.RollBack(1, new ChangeTerms { Confirm = TimeSpan.FromSeconds(5) });
        Assert.Equal(30, _rig.UdpTimeout());
        _rig.Time.Advance(5);
        Assert.Equal(40, _rig.UdpTimeout());
    }

    [Fact]
    public void A_disk_that_is_full_does_not_keep_it_in_force()
    {
        _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        _rig.Disk.RefuseIn = 1;
        _rig.Time.Advance(60);
        Assert.Equal(30, _rig.UdpTimeout());
        Assert.Same(_rig.Store.Current, _rig.Published[^1]);
        Assert.Contains("could not be written", Assert.Single(_rig.Warnings), StringComparison.Ordinal);
        Assert.Equal((3ul, 3), (_rig.Store.CurrentRevision.Number, _rig.Store.Revisions.Count));
        Assert.Equal(_rig.Store.Export(3).Script, _rig.Script);

        // Until a change comes through, a restart still finds the one that nobody confirmed.
        Assert.NotNull(new RevisionHistory(_rig.Disk.AfterPowerCut()).Revisions[^1].Trial);
        Assert.Equal(4ul, _rig.Apply(StoreRig.UdpTimeout(45)));
        Assert.Null(new RevisionHistory(_rig.Disk.AfterPowerCut()).Revisions[^1].Trial);
    }

    [Fact]
    public void Workers_that_do_not_take_the_way_back_are_asked_again()
    {
        ulong trial = _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        _rig.Hangs = true;
        _rig.Time.Advance(60);
        Assert.Equal((trial, 50), (_rig.Store.CurrentRevision.Number, _rig.UdpTimeout()));
        Assert.Contains("could not be rolled back yet", _rig.Warnings[^1], StringComparison.Ordinal);
        _rig.Hangs = false;
        _rig.Time.Advance(5);
        Assert.Equal((trial + 1, 30), (_rig.Store.CurrentRevision.Number, _rig.UdpTimeout()));
        Assert.Equal(0, _rig.Time.Timers);
    }

    [Fact]
    public void Confirmation_that_cannot_be_written_is_none()
    {
        ulong trial = _rig.Apply(StoreRig.UdpTimeout(50), confirm: 60);
        _rig.Disk.RefuseIn = 1;
        Assert.Throws<StateWriteException>(() => _rig.Store.Confirm(trial));
        _rig.Time.Advance(60);
        Assert.Equal(30, _rig.UdpTimeout());
    }
}
