using System.Collections.Concurrent;

namespace Conntrack.Control.Settings.Revisions;

/// <summary>Files that last as long as the process: what <c>--state none</c> asks for.</summary>
public sealed class MemoryFiles : IStateFiles
{
    readonly ConcurrentDictionary<string, byte[]> _files = [];

    public string PathOf(string name) => name;

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public byte[] Read(string name) => _files.TryGetValue(name, out byte[]? contents) ? contents : throw new FileNotFoundException(null, name);

    public void Write(string name, ReadOnlySpan<byte> contents) => _files[name] = contents.ToArray();

    public void Sync(string name)
    {
    }

    public void Rename(string name, string newName)
    {
        _files[newName] = Read(name);
        Remove(name);
    }

    public void Remove(string name) => _files.TryRemove(name, out _);

    public void SyncNames()
    {
    }

    public void Dispose() => _files.Clear();
}
