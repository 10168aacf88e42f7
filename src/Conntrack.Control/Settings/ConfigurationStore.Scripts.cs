using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <content>Whole scripts and whole revisions.</content>
public sealed partial class ConfigurationStore
{
    /// <summary>Carries a script out, all of it or nothing.</summary>
    /// <exception cref="ChangeRefusedException">Another revision is in force than the terms say, or one waits for its confirmation, or the
    /// change cannot be brought into force or made durable.</exception>
    public ScriptChange Apply(string script, ChangeTerms terms)
    {
        lock (_changes)
        {
            RefuseWhenEnded();
            RequireBase(terms.Base, CurrentRevision);
            if (terms.Base is null)
            {
                RefuseDuringTrial();
            }

            LoadResult result = Load(script, terms.Replace, Current);
            return new ScriptChange(
                result.Configuration is { } changed ? Commit(changed, terms, new Draft(terms.Author, terms.Comment)) : null, result.Diagnostics);
        }
    }

    /// <summary>What <see cref="Apply"/> would find wrong with a script now.</summary>
    /// <returns>No revision if it would be refused, otherwise the one in force.</returns>
    /// <exception cref="ChangeRefusedException">As of <see cref="Apply"/>.</exception>
    public ScriptChange Validate(string script, ChangeTerms terms)
    {
        InForce now = _inForce;
        RequireBase(terms.Base, now.Revision);
        LoadResult result = Load(script, terms.Replace, now.Configuration);
        if (result.Configuration is { } changed)
        {
            _check(changed);
        }

        return new ScriptChange(result.Configuration is null ? null : now.Revision, result.Diagnostics);
    }

    /// <summary>Brings an earlier revision's configuration back, as a new revision.</summary>
    /// <param name="number">Which one; null for what an unconfirmed revision would roll back to, otherwise for the one before this.</param>
    /// <param name="terms">A script has no part in it.</param>
    /// <exception cref="KeyNotFoundException">There is no such revision.</exception>
    /// <exception cref="ChangeRefusedException">As of <see cref="Apply"/>.</exception>
    public ScriptChange RollBack(ulong? number, ChangeTerms terms)
    {
        lock (_changes)
        {
            RefuseWhenEnded();
            RequireBase(terms.Base, CurrentRevision);
            ulong target = number ?? CurrentRevision.Trial?.RollsBackTo ?? Before(CurrentRevision.Number);
            LoadResult result = ScriptLoader.Load($"revision {target}", _history.ScriptOf(target), RouterConfiguration.Default);
            return new ScriptChange(
                result.Configuration is { } earlier
                    ? Commit(RuleIdentity.Keep(Current, earlier), terms, new Draft(RevisionAuthor.Rollback, terms.Comment, target))
                    : null,
                result.Diagnostics);
        }
    }

    /// <summary>A revision and the script that gives its configuration on the defaults.</summary>
    /// <param name="number">Which one; null for the one in force.</param>
    /// <exception cref="KeyNotFoundException">There is no such revision.</exception>
    /// <exception cref="StateDamagedException">Its file cannot be read.</exception>
    public (Revision Revision, string Script) Export(ulong? number)
    {
        InForce now = _inForce;
        if (number is null || number == now.Revision.Number)
        {
            return (now.Revision, now.Script);
        }

        string script = _history.ScriptOf(number.Value);
        return (_history.Find(number.Value)!, script);
    }

    /// <summary>Compares two revisions.</summary>
    /// <param name="from">Null for the one before <paramref name="to"/>.</param>
    /// <param name="to">Null for the one in force.</param>
    /// <exception cref="KeyNotFoundException">There is no such revision.</exception>
    /// <exception cref="StateDamagedException">A file cannot be read.</exception>
    public Comparison Compare(ulong? from, ulong? to)
    {
        (Revision after, string afterScript) = Export(to);
        (Revision before, string beforeScript) = Export(from ?? Before(after.Number));
        return new Comparison(new ScriptDifference($"revision {before.Number}", beforeScript, $"revision {after.Number}", afterScript), []);
    }

    /// <summary>Compares the configuration in force, or an earlier one, with what a script would make of the one in force.</summary>
    /// <param name="from">Null for the one in force.</param>
    /// <param name="script">As of <see cref="Apply"/>.</param>
    /// <param name="replace">As of <see cref="Apply"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such revision.</exception>
    /// <exception cref="StateDamagedException">A file cannot be read.</exception>
    public Comparison Compare(ulong? from, string script, bool replace)
    {
        InForce now = _inForce;
        (Revision before, string beforeScript) = Export(from ?? now.Revision.Number);
        LoadResult result = Load(script, replace, now.Configuration);
        return new Comparison(
            result.Configuration is { } changed
                ? new ScriptDifference($"revision {before.Number}", beforeScript, "script", ScriptExporter.Export(changed))
                : null,
            result.Diagnostics);
    }

    Revision Commit(RouterConfiguration changed, ChangeTerms terms, Draft draft)
    {
        Trial? waiting = CurrentRevision.Trial;
        bool isNew = waiting is not null || ScriptExporter.Export(changed) != _inForce.Script;

        // Nothing changed means that there is nothing to come back from.
        Trial? trial = terms.Confirm > TimeSpan.Zero && isNew
            ? new Trial(waiting?.RollsBackTo ?? CurrentRevision.Number, Now + terms.Confirm)
            : null;
        return Commit(changed, draft with { Trial = trial });
    }

    static void RequireBase(ulong? expected, Revision current)
    {
        if (expected is { } number && number != current.Number)
        {
            throw new StaleRevisionException(number, current.Number);
        }
    }

    ulong Before(ulong number) => Revisions.LastOrDefault(revision => revision.Number < number)?.Number
        ?? throw new KeyNotFoundException($"there is no revision before {number}");

    static LoadResult Load(string script, bool replace, RouterConfiguration current)
    {
        LoadResult result = ScriptLoader.Load("script", script, replace ? RouterConfiguration.Default : current);
        return replace && result.Configuration is { } whole ? result with { Configuration = RuleIdentity.Keep(current, whole) } : result;
    }
}
