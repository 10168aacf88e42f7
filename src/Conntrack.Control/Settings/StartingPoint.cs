using System.Globalization;
using Conntrack.Control.Replay;
using Conntrack.Control.Settings.Revisions;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <summary>
/// What a router starts with. A script that the user gives always wins; without one it is the latest revision, or the one before that if
/// the latest was never confirmed (RFC 6241 8.4.1: a restart ends the trial); without any, RouterOS's defaults.
/// </summary>
public sealed class StartingPoint : IDisposable
{
    StartingPoint(RouterConfiguration configuration, RevisionHistory history)
    {
        Configuration = configuration;
        History = history;
    }

    public RouterConfiguration Configuration { get; }

    public RevisionHistory History { get; private set; }

    /// <summary>How the first revision is recorded, if the configuration is not that of the latest one.</summary>
    public RevisionAuthor Author { get; private init; } = RevisionAuthor.Start;

    /// <inheritdoc cref="Revision.Restores"/>
    public ulong? Restores { get; private init; }

    public string Comment { get; private init; } = "";

    /// <summary>Whether the configuration is the latest revision's, so that none has to be recorded for it.</summary>
    public bool IsLatest { get; private init; }

    /// <summary>Whether a router may run without its files: nobody named them, and they are not where the configuration comes from.</summary>
    bool CanDoWithoutFiles { get; init; }

    /// <summary>A configuration that nothing is known of outside this process.</summary>
    public static StartingPoint Of(RouterConfiguration configuration) => Of(configuration, new RevisionHistory(new MemoryFiles()));

    /// <summary>A configuration that begins a history, or goes on in one.</summary>
    internal static StartingPoint Of(RouterConfiguration configuration, RevisionHistory history) => new(configuration, history);

    /// <summary>Finds it out, and takes the state for this process.</summary>
    /// <param name="state">Where revisions are kept.</param>
    /// <param name="configFile">The user's script, null for none.</param>
    /// <param name="error">Standard error: findings about the script.</param>
    /// <param name="warn">Takes what a user should know, a line each.</param>
    /// <exception cref="UserErrorException">The script has errors, or the state cannot be had or is damaged.</exception>
    public static StartingPoint Find(StateLocation state, string? configFile, TextWriter error, Action<string> warn)
    {
        RouterConfiguration? given = configFile is null ? null : ConfigurationFile.Load(configFile, error);
        RevisionHistory history = Open(state, given is not null, warn);
        try
        {
            return given is null ? Latest(state, history, warn) : Given(state, given, configFile!, history, warn);
        }
        catch
        {
            history.Dispose();
            throw;
        }
    }

    public void Dispose() => History.Dispose();

    /// <summary>Goes on in memory after the first revision could not be written.</summary>
    /// <returns>False when the files cannot be done without.</returns>
    internal bool TryForgetFiles(StateWriteException failure, Action<string> warn)
    {
        if (!CanDoWithoutFiles)
        {
            return false;
        }

        WarnMemory(warn, failure.Message);
        History.Dispose();
        History = new RevisionHistory(new MemoryFiles());
        return true;
    }

    static StartingPoint Given(StateLocation state, RouterConfiguration given, string file, RevisionHistory history, Action<string> warn)
    {
        foreach (DamagedRevision damaged in history.Damaged)
        {
            warn($"{damaged.Path} is damaged and left out: {damaged.Problem}");
        }

        if (history.Revisions is [.., { Author: not RevisionAuthor.Start } latest]
            && history.ScriptOf(latest.Number) != ScriptExporter.Export(given))
        {
            warn($"--config {file} takes the place of {Describe(latest)}, which can be rolled back to; "
                + "without --config the router starts with the latest revision");
        }

        return new StartingPoint(given, history) { Comment = Revision.OneLine($"--config {file}"), CanDoWithoutFiles = state.IsDefault };
    }

    static StartingPoint Latest(StateLocation state, RevisionHistory history, Action<string> warn)
    {
        RefuseDamage(history, history.NextNumber - 1, warn);
        if (history.Revisions is not [.., var latest])
        {
            return new StartingPoint(RouterConfiguration.Default, history) { CanDoWithoutFiles = state.IsDefault };
        }

        if (latest.Trial is not { RollsBackTo: var confirmed })
        {
            return new StartingPoint(Load(history, latest.Number), history) { IsLatest = true };
        }

        RefuseDamage(history, confirmed, warn);
        warn($"revision {latest.Number} was not confirmed before the router stopped: starting with {Describe(history.Find(confirmed))}");
        return new StartingPoint(Load(history, confirmed), history)
        {
            Author = RevisionAuthor.Unconfirmed,
            Restores = confirmed,
        };
    }

    static RevisionHistory Open(StateLocation state, bool hasScript, Action<string> warn)
    {
        if (state.Directory is not { } directory)
        {
            return new RevisionHistory(new MemoryFiles());
        }

        DiskFiles? files = null;
        try
        {
            files = DiskFiles.Open(directory);
            return new RevisionHistory(files);
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            files?.Dispose();
            string refusal = $"--state: {directory}: {(exception is UnauthorizedAccessException ? "permission denied" : exception.Message)}";

            // A directory that is there may hold the configuration that this router must not start without.
            if (!state.IsDefault || (!hasScript && Directory.Exists(directory)))
            {
                throw new UserErrorException($"{refusal}; --state takes another directory, or {StateLocation.NoneWord}", exception);
            }

            WarnMemory(warn, refusal);
            return new RevisionHistory(new MemoryFiles());
        }
    }

    /// <summary>Damage matters where the configuration is to come from; elsewhere it is told.</summary>
    static void RefuseDamage(RevisionHistory history, ulong needed, Action<string> warn)
    {
        foreach (DamagedRevision damaged in history.Damaged)
        {
            if (damaged.Number != needed)
            {
                warn($"{damaged.Path} is damaged and left out: {damaged.Problem}");
                continue;
            }

            string before = history.Revisions.LastOrDefault(revision => revision.Number < needed) is { } usable
                ? $"move it away to start with {Describe(usable)}, or give --config FILE.rsc"
                : "move it away to start with the defaults, or give --config FILE.rsc";
            throw new UserErrorException($"--state: {damaged.Path} is damaged: {damaged.Problem}; the router was not started: {before}");
        }

        if (needed > 0 && history.Find(needed) is null)
        {
            throw new UserErrorException($"--state: revision {needed} is missing, and the latest one, which was never confirmed, rolls back to it; "
                + "the router was not started: give --config FILE.rsc");
        }
    }

    static RouterConfiguration Load(RevisionHistory history, ulong number)
    {
        (string path, string text) = history.FileOf(number);
        LoadResult result = ScriptLoader.Load(path, text, RouterConfiguration.Default);
        return result.Configuration ?? throw new UserErrorException(
            $"--state: {result.Diagnostics.First(finding => finding.Severity == Severity.Error)}; the router was not started: "
            + "start the version that wrote it, or give --config FILE.rsc");
    }

    static string Describe(Revision? revision) => revision is null ? "the revision before" : string.Create(
        CultureInfo.InvariantCulture, $"revision {revision.Number} of {revision.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC ({revision.Author.Word()})");

    static void WarnMemory(Action<string> warn, string reason) => warn($"{reason}; changes live in memory and end with the router");
}
