using Conntrack.Native;
using Microsoft.Win32.SafeHandles;

#pragma warning disable CA1416 // The product is Linux's alone, and so are the modes of its files.

namespace Conntrack.Control.Settings.Revisions;

/// <summary>A directory on disk that this process has for itself for as long as it is open.</summary>
public sealed class DiskFiles : IStateFiles
{
    /// <summary>A router that is stopping lets go within this time.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly string _path;
    readonly OpenDirectory _directory;

    DiskFiles(string path, OpenDirectory directory)
    {
        _path = path;
        _directory = directory;
    }

    /// <summary>Makes the directory when it is not there, and takes it.</summary>
    /// <exception cref="IOException">It cannot be had, or another router has it. The message says why, without the path.</exception>
    public static DiskFiles Open(string path)
    {
        path = Path.GetFullPath(path);
        OpenDirectory? directory = null;
        try
        {
            // Configurations may hold secrets: the directory is its owner's alone, unless somebody made it before and decided otherwise.
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            directory = new OpenDirectory(path);
            for (long start = Environment.TickCount64; !directory.TryLock(); Thread.Sleep(20))
            {
                if (Environment.TickCount64 - start > s_patience.TotalMilliseconds)
                {
                    throw new IOException("is in use, another router runs");
                }
            }

            return new DiskFiles(path, directory);
        }
        catch (NativeException exception)
        {
            directory?.Dispose();
            throw new IOException(exception.Reason, exception);
        }
        catch
        {
            directory?.Dispose();
            throw;
        }
    }

    public string PathOf(string name) => Path.Combine(_path, name);

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(_path).Select(file => Path.GetFileName(file))];

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public void Write(string name, ReadOnlySpan<byte> contents)
    {
        using var file = new FileStream(PathOf(name), new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        });
        file.Write(contents);
    }

    public void Sync(string name)
    {
        using SafeFileHandle file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Write);
        RandomAccess.FlushToDisk(file);
    }

    public void Rename(string name, string newName) => File.Move(PathOf(name), PathOf(newName), overwrite: true);

    public void Remove(string name) => File.Delete(PathOf(name));

    public void SyncNames()
    {
        try
        {
            _directory.Sync();
        }
        catch (NativeException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Dispose() => _directory.Dispose();
}
