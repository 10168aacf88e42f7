using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Conntrack.Control.Replay;

namespace Conntrack.Control.Settings.Revisions;

/// <summary>A file that should hold a revision and does not.</summary>
/// <param name="Number">The revision's, by the file's name.</param>
/// <param name="Path">The file.</param>
/// <param name="Problem">What is the matter, as the end of a sentence.</param>
public sealed record DamagedRevision(ulong Number, string Path, string Problem);

/// <summary>
/// The latest revisions, a file each, named by number: the one with the highest number is in force. One rename makes a change durable, so
/// whenever the process or the machine ends, either the revision before is found afterwards or the new one.
/// </summary>
/// <remarks>
/// Order of a change: the new file is written under another name and synced, which is where a full disk shows; then the change is brought
/// into force; then the file gets its name, and the directory is synced. Only then is the change acknowledged. One writer at a time; the
/// list may be read by anyone.
/// </remarks>
public sealed class RevisionHistory : IDisposable
{
    public const int MostRevisions = 100;

    /// <summary>Of all files together; the latest two are kept whatever they take.</summary>
    public const long MostBytes = 64 << 20;

    const string Extension = ".rsc";
    const string Unnamed = "next.tmp";

    readonly IStateFiles _files;
    readonly Dictionary<ulong, long> _sizes = [];
    ImmutableList<Revision> _revisions = [];
    ulong _highest;

    /// <summary>Reads what is there; the history owns the files from here on.</summary>
    /// <exception cref="IOException">They cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot be listed.</exception>
    public RevisionHistory(IStateFiles files)
    {
        _files = files;
        List<DamagedRevision> damaged = [];
        IReadOnlyList<string> names = files.List();
        foreach ((ulong number, string name) in names.Select(name => (NumberOf(name), name)).Where(file => file.Item1 != 0).Order())
        {
            _highest = number;
            if (Read(name, number, out Revision? revision, out long size, out _) is { } problem)
            {
                damaged.Add(new DamagedRevision(number, files.PathOf(name), problem));
            }
            else
            {
                _revisions = _revisions.Add(revision!);
                _sizes[number] = size;
            }
        }

        Damaged = damaged;
        if (names.Contains(Unnamed))
        {
            TryRemove(Unnamed);
        }
    }

    /// <summary>Oldest first. A list that was read does not change.</summary>
    public IReadOnlyList<Revision> Revisions => Volatile.Read(ref _revisions);

    /// <summary>What was found damaged at the start, oldest first.</summary>
    public IReadOnlyList<DamagedRevision> Damaged { get; }

    /// <summary>The next revision's; damaged files count.</summary>
    public ulong NextNumber => _highest + 1;

    public Revision? Find(ulong number) => Revisions.FirstOrDefault(revision => revision.Number == number);

    /// <summary>A revision's configuration.</summary>
    /// <exception cref="KeyNotFoundException">There is no such revision, or not any more.</exception>
    /// <exception cref="StateDamagedException">Its file cannot be read.</exception>
    public string ScriptOf(ulong number)
    {
        string name = NameOf(number);
        string? problem = Read(name, number, out _, out _, out string script);

        // Looked up behind the reading: by then it may be one too old.
        return Find(number) is null ? throw new KeyNotFoundException($"there is no revision {number}, or not any more")
            : problem is not null ? throw new StateDamagedException($"{_files.PathOf(name)} is damaged: {problem}")
            : script;
    }

    /// <summary>A revision's file as a person would load it.</summary>
    /// <exception cref="StateDamagedException">It cannot be read.</exception>
    public (string Path, string Text) FileOf(ulong number)
    {
        _ = ScriptOf(number);
        string name = NameOf(number);
        return (_files.PathOf(name), Encoding.UTF8.GetString(_files.Read(name)));
    }

    /// <summary>Adds a revision, or changes what is known about the newest one. When this returns, it is durable.</summary>
    /// <param name="revision">Under the next number, or the newest one's.</param>
    /// <param name="script">Its configuration.</param>
    /// <param name="bringIntoForce">Called when the contents are safe. What it throws leaves the history as it was.</param>
    /// <exception cref="StateWriteException">It could not be made durable; what was brought into force has to be taken back.</exception>
    public void Record(Revision revision, string script, Action bringIntoForce)
    {
        byte[] contents = RevisionFile.Write(revision, script);
        Attempt(Unnamed, () =>
        {
            _files.Write(Unnamed, contents);
            _files.Sync(Unnamed);
        });
        try
        {
            bringIntoForce();
        }
        catch
        {
            TryRemove(Unnamed);
            throw;
        }

        string name = NameOf(revision.Number);
        Attempt(name, () => Name(name, isNew: revision.Number > _highest));
        _highest = revision.Number;
        _sizes[revision.Number] = contents.Length;
        ImmutableList<Revision> others = _revisions is [.., var last] && last.Number == revision.Number
            ? _revisions.RemoveAt(_revisions.Count - 1)
            : _revisions;
        Volatile.Write(ref _revisions, others.Add(revision));
        Trim(revision.Trial?.RollsBackTo);
    }

    public void Dispose() => _files.Dispose();

    void Name(string name, bool isNew)
    {
        _files.Rename(Unnamed, name);
        try
        {
            _files.SyncNames();
        }
        catch (Exception exception) when (isNew && UserErrorException.IsFileError(exception))
        {
            // Refused is refused: a restart is not to find it.
            TryRemove(name);
            throw;
        }
    }

    /// <summary>Removes the oldest beyond the limits. What cannot be removed is tried again with the next change.</summary>
    void Trim(ulong? needed)
    {
        long bytes = _sizes.Values.Sum();
        foreach (Revision oldest in _revisions.Take(Math.Max(_revisions.Count - 2, 0)))
        {
            if ((_revisions.Count <= MostRevisions && bytes <= MostBytes) || oldest.Number == needed || !TryRemove(NameOf(oldest.Number)))
            {
                return;
            }

            bytes -= _sizes[oldest.Number];
            _sizes.Remove(oldest.Number);
            Volatile.Write(ref _revisions, _revisions.Remove(oldest));
        }
    }

    string? Read(string name, ulong number, out Revision? revision, out long size, out string script)
    {
        revision = null;
        size = 0;
        script = "";
        try
        {
            byte[] contents = _files.Read(name);
            size = contents.Length;
            return RevisionFile.Read(contents, out revision, out script)
                ?? (revision!.Number == number ? null : $"it holds revision {revision.Number}");
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            return exception.Message;
        }
    }

    void Attempt(string name, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            TryRemove(Unnamed);
            throw new StateWriteException(_files.PathOf(name), exception);
        }
    }

    bool TryRemove(string name)
    {
        try
        {
            _files.Remove(name);
            return true;
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            return false;
        }
    }

    static string NameOf(ulong number) => number.ToString("D8", CultureInfo.InvariantCulture) + Extension;

    /// <summary>0 for a file that is no revision.</summary>
    static ulong NumberOf(string name) =>
        name.EndsWith(Extension, StringComparison.Ordinal)
        && ulong.TryParse(name[..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
        && name == NameOf(number)
            ? number
            : 0;
}
