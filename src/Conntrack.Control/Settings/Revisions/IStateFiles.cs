namespace Conntrack.Control.Settings.Revisions;

/// <summary>
/// What keeping revisions asks of a file system: a folder of files with plain names, and to be told apart what a power failure can take and
/// what it cannot. Failures are the runtime's own (<see cref="IOException"/>, <see cref="UnauthorizedAccessException"/>).
/// </summary>
public interface IStateFiles : IDisposable
{
    /// <summary>How messages call a file of that name.</summary>
    string PathOf(string name);

    IReadOnlyList<string> List();

    byte[] Read(string name);

    /// <summary>Makes the file, or empties it, and writes all of it. It may be gone, or a part of it, after a power failure.</summary>
    void Write(string name, ReadOnlySpan<byte> contents);

    /// <summary>Returns when a file's contents survive a power failure. Its name may still be lost.</summary>
    void Sync(string name);

    /// <summary>At no moment is there neither file under the new name: what had it before is replaced.</summary>
    void Rename(string name, string newName);

    void Remove(string name);

    /// <summary>Returns when files made, renamed and removed so far are so after a power failure.</summary>
    void SyncNames();
}
