using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <summary>
/// The configuration in force and its revisions. Changes come one after the other, each whole or not at all: read by its menu, checked,
/// written, brought into force, made durable, and only then what others see. A change that stops on this way leaves everything as it was.
/// </summary>
/// <remarks>
/// <para>Order of a change: <see cref="RevisionHistory.Record"/>. What fails before the workers have it costs them nothing; if it cannot be
/// made durable behind that, they get the old configuration again.</para>
/// <para>One lock for changes; readers never wait, they see the state before or after a change. The timer of a trial takes the same
/// lock.</para>
/// </remarks>
public sealed partial class ConfigurationStore : IDisposable
{
    readonly Lock _changes = new();
    readonly RevisionHistory _history;
    readonly Action<RouterConfiguration> _check;
    readonly Action<RouterConfiguration> _publish;
    readonly Action<string> _warn;
    readonly TimeProvider _time;
    volatile InForce _inForce;
    bool _ended;

    /// <param name="start">What the router has started with; it is in force already. Disposed of after the store.</param>
    /// <param name="check">Finds fault with a configuration, by exception, without bringing it into force.</param>
    /// <param name="publish">Brings a configuration into force. What it throws leaves the old one.</param>
    /// <param name="warn">Takes what a user should know, a line each.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StateWriteException">The first revision could not be written.</exception>
    public ConfigurationStore(
        StartingPoint start, Action<RouterConfiguration> check, Action<RouterConfiguration> publish, Action<string> warn, TimeProvider time)
    {
        _check = check;
        _publish = publish;
        _warn = warn;
        _time = time;
        try
        {
            _inForce = Begin(start);
        }
        catch (StateWriteException failure)
        {
            if (!start.TryForgetFiles(failure, warn))
            {
                throw;
            }

            _inForce = Begin(start);
        }

        _history = start.History;
    }

    /// <summary>For a configuration that is to last no longer than the process.</summary>
    public ConfigurationStore(RouterConfiguration initial, Action<RouterConfiguration> publish)
        : this(StartingPoint.Of(initial), _ => { }, publish, _ => { }, TimeProvider.System)
    {
    }

    public RouterConfiguration Current => _inForce.Configuration;

    /// <summary>The revision that <see cref="Current"/> belongs to.</summary>
    public Revision CurrentRevision => _inForce.Revision;

    /// <summary>Those there are, oldest first.</summary>
    public IReadOnlyList<Revision> Revisions
    {
        get
        {
            Revision current = _inForce.Revision;
            IReadOnlyList<Revision> recorded = _history.Revisions;
            return recorded is [.., var last] && last.Number >= current.Number ? recorded : [.. recorded, current];
        }
    }

    /// <summary>Carries out one command of a menu.</summary>
    /// <returns>The configuration with the change in force.</returns>
    /// <exception cref="ChangeRefusedException">The menu finds fault with it, or it cannot be brought into force or made durable.</exception>
    public RouterConfiguration Change(MenuCommand command, RevisionAuthor author = RevisionAuthor.Grpc)
    {
        lock (_changes)
        {
            RefuseWhenEnded();
            RefuseDuringTrial();
            LoadResult result = ScriptLoader.Load("change", command.Text, Current);
            if (result.Configuration is not { } changed)
            {
                throw new ConfigurationRefusedException(
                    [.. result.Diagnostics.Where(finding => finding.Severity == Severity.Error).Select(finding => Problem(finding, command))]);
            }

            Commit(changed, new Draft(author));
            return changed;
        }
    }

    /// <summary>Makes a change that no command of a menu expresses. The function sees the configuration in force and may refuse.</summary>
    /// <exception cref="ChangeRefusedException">It cannot be brought into force or made durable.</exception>
    public RouterConfiguration Change(Func<RouterConfiguration, RouterConfiguration> change, RevisionAuthor author = RevisionAuthor.Grpc)
    {
        lock (_changes)
        {
            RefuseWhenEnded();
            RefuseDuringTrial();
            RouterConfiguration changed = change(Current);
            Commit(changed, new Draft(author));
            return changed;
        }
    }

    /// <summary>Makes <paramref name="changed"/> the configuration if <paramref name="expected"/> still is; false when it is not.</summary>
    /// <exception cref="ChangeRefusedException">It cannot be brought into force or made durable.</exception>
    public bool TryReplace(RouterConfiguration expected, RouterConfiguration changed, RevisionAuthor author)
    {
        lock (_changes)
        {
            if (!ReferenceEquals(expected, Current))
            {
                return false;
            }

            RefuseWhenEnded();
            RefuseDuringTrial();
            Commit(changed, new Draft(author));
            return true;
        }
    }

    /// <summary>Nothing rolls back from here on: whoever starts the router again decides what it starts with.</summary>
    public void Dispose()
    {
        lock (_changes)
        {
            _ended = true;
            _timer?.Dispose();
        }
    }

    void RefuseWhenEnded() => ObjectDisposedException.ThrowIf(_ended, this);

    InForce Begin(StartingPoint start)
    {
        RevisionHistory history = start.History;
        string script = ScriptExporter.Export(start.Configuration);
        if (history.Revisions is [.., { Trial: null } latest] && history.NextNumber == latest.Number + 1
            && (history.ScriptOf(latest.Number) == script || start.IsLatest))
        {
            return new InForce(start.Configuration, latest, script);
        }

        Revision first = NewRevision(history.NextNumber, new Draft(start.Author, start.Comment, start.Restores));
        history.Record(first, script, () => { });
        return new InForce(start.Configuration, first, script);
    }

    /// <summary>The one way into force. A configuration that says the same as the one before makes no revision.</summary>
    Revision Commit(RouterConfiguration changed, Draft draft)
    {
        InForce before = _inForce;
        string script = ScriptExporter.Export(changed);
        bool same = script == before.Script;
        if (same && draft.Trial is null && before.Revision.Trial is null)
        {
            BringIntoForce(changed, before.Configuration);
            _inForce = before with { Configuration = changed };
            return before.Revision;
        }

        Revision revision = same ? before.Revision with { Trial = draft.Trial } : NewRevision(NextNumber, draft);
        bool published = false;
        try
        {
            _history.Record(revision, script, () =>
            {
                BringIntoForce(changed, before.Configuration);
                published = !ReferenceEquals(changed, before.Configuration);
            });
        }
        catch (StateWriteException failure) when (published)
        {
            TakeBack(before.Configuration, failure);
            throw;
        }

        _inForce = new InForce(changed, revision, script);
        FollowTrial(before.Configuration, revision);
        return revision;
    }

    void BringIntoForce(RouterConfiguration changed, RouterConfiguration before)
    {
        // By reference: rules that say the same under other ids are other rules, with other counters.
        if (ReferenceEquals(changed, before))
        {
            return;
        }

        _check(changed);
        try
        {
            _publish(changed);
        }
        catch (Exception failure)
        {
            TakeBack(before, failure);
            throw;
        }
    }

    /// <summary>The new configuration may be in force, or a part of it; all of the old one has to be.</summary>
    void TakeBack(RouterConfiguration before, Exception failure)
    {
        try
        {
            _publish(before);
        }
#pragma warning disable CA1031 // What stopped the change is what its caller is to hear; that the way back is blocked too is told here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _warn($"the workers may go by a configuration that was refused ({failure.Message}): {exception.Message}");
        }
    }

    ulong NextNumber => Math.Max(_history.NextNumber, _inForce.Revision.Number + 1);

    /// <summary>To the millisecond, as files keep it.</summary>
    DateTimeOffset Now
    {
        get
        {
            DateTimeOffset now = _time.GetUtcNow();
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        }
    }

    Revision NewRevision(ulong number, Draft draft) => new()
    {
        Number = number,
        Time = Now,
        Author = draft.Author,
        Comment = draft.Comment,
        Restores = draft.Restores,
        Trial = draft.Trial,
    };

    static PropertyProblem Problem(Diagnostic finding, MenuCommand command)
    {
        string expected = finding.Expected is null ? "" : $", expected {finding.Expected}";
        string nearest = finding.Nearest is null ? "" : $", did you mean {finding.Nearest}?";
        return new PropertyProblem(command.PropertyAt(finding.Column), finding.Message + expected + nearest);
    }

    /// <summary>What readers see of one moment.</summary>
    sealed record InForce(RouterConfiguration Configuration, Revision Revision, string Script);

    /// <summary>A revision to be, but for its number and time.</summary>
    sealed record Draft(RevisionAuthor Author, string Comment = "", ulong? Restores = null, Trial? Trial = null);
}
