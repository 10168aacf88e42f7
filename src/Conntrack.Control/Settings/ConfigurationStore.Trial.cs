using System.Globalization;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <content>
/// Changes that roll back unless they are confirmed. While one waits, the only changes are those that name it: whoever did not know of it
/// would either confirm it unseen or lose what was acknowledged when it rolls back.
/// </content>
public sealed partial class ConfigurationStore
{
    /// <summary>The workers did not take the way back; it is tried again.</summary>
    static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    ITimer? _timer;
    RouterConfiguration? _confirmed;

    /// <summary>Makes the revision that waits one to stay.</summary>
    /// <param name="number">Which one it has to be; null for whichever waits.</param>
    /// <exception cref="ConfirmationException">None waits, or another one.</exception>
    /// <exception cref="StateWriteException">That cannot be made durable; the revision still waits.</exception>
    public Revision Confirm(ulong? number)
    {
        lock (_changes)
        {
            RefuseWhenEnded();
            Revision waiting = CurrentRevision;
            if (waiting.Trial is null || (number ?? waiting.Number) != waiting.Number)
            {
                throw new ConfirmationException(
                    waiting.Trial is null ? $"no revision waits for confirmation; the current one is {waiting.Number}"
                    : $"revision {number} does not wait for confirmation, revision {waiting.Number} does");
            }

            return Commit(Current, new Draft(waiting.Author));
        }
    }

    /// <summary>After every change: one that has to be confirmed starts the clock, any other stops it.</summary>
    void FollowTrial(RouterConfiguration before, Revision revision)
    {
        _timer?.Dispose();
        _timer = null;
        if (revision.Trial is { } trial)
        {
            // A second trial comes back to where the first one began.
            _confirmed ??= before;
            Wait(trial, trial.ConfirmBefore - _time.GetUtcNow());
        }
        else
        {
            _confirmed = null;
        }
    }

    /// <summary>From here on the clock on the wall has no say: it may be set.</summary>
    void Wait(Trial trial, TimeSpan time)
    {
        _timer?.Dispose();
        _timer = _time.CreateTimer(_ => RollBackUnconfirmed(trial), null, time > TimeSpan.Zero ? time : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    void RollBackUnconfirmed(Trial trial)
    {
        lock (_changes)
        {
            // By reference: what was confirmed or put on trial again meanwhile is not what this timer was set for.
            Revision waiting = CurrentRevision;
            if (_ended || !ReferenceEquals(waiting.Trial, trial))
            {
                return;
            }

            try
            {
                RollBack(waiting.Number, trial);
            }
#pragma warning disable CA1031 // Nobody waits for a timer: what stops the way back now may let it pass later.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _warn($"revision {waiting.Number} was not confirmed in time and could not be rolled back yet: {exception.Message}");
                Wait(trial, s_retry);
            }
        }
    }

    void RollBack(ulong number, Trial trial)
    {
        RouterConfiguration back = RuleIdentity.Keep(Current, _confirmed!);
        var draft = new Draft(RevisionAuthor.Unconfirmed, Restores: trial.RollsBackTo);
        try
        {
            Revision revision = Commit(back, draft);
            _warn($"revision {number} was not confirmed in time: back to revision {trial.RollsBackTo}, as revision {revision.Number}");
        }
        catch (StateWriteException failure)
        {
            // A disk that takes nothing must not keep an unconfirmed configuration in force. A restart finds that nobody confirmed it, and
            // comes to the same.
            BringIntoForce(back, Current);
            Revision revision = NewRevision(NextNumber, draft);
            _inForce = new InForce(back, revision, ScriptExporter.Export(back));
            FollowTrial(back, revision);
            _warn($"revision {number} was not confirmed in time: back to revision {trial.RollsBackTo}, which could not be written "
                + $"({failure.Message})");
        }
    }

    void RefuseDuringTrial()
    {
        if (CurrentRevision is { Trial: { } trial } waiting)
        {
            throw new ConfirmationException(string.Create(
                CultureInfo.InvariantCulture,
                $"revision {waiting.Number} waits for confirmation until {trial.ConfirmBefore.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC; ")
                + "confirm it or roll it back first, or apply a script with it as the base");
        }
    }
}
