namespace Conntrack.Native;

/// <summary>
/// A directory held open, for the two things the runtime does not offer: making the names in it durable, and keeping others out for as
/// long as it is open. The lock goes with the process, however that ends.
/// </summary>
public sealed class OpenDirectory : IDisposable
{
    // O_RDONLY is 0.
    const int DirectoryOnly = 0x10000;
    const int CloseOnExec = 0x80000;
    const int LockExclusive = 2;
    const int LockNonBlocking = 4;

    readonly string _path;
    int _fd;

    /// <exception cref="NativeException">It is not there, is no directory, or may not be read.</exception>
    public OpenDirectory(string path)
    {
        _path = path;
        _fd = Libc.Open(path, DirectoryOnly | CloseOnExec, 0);
        NativeException.ThrowIfLibcFailed(_fd, path);
    }

    /// <summary>Takes the directory for this process; false when another one has it.</summary>
    /// <exception cref="NativeException">The file system has no locks.</exception>
    public bool TryLock()
    {
        try
        {
            NativeException.ThrowIfLibcFailed(Libc.Flock(_fd, LockExclusive | LockNonBlocking), _path);
            return true;
        }
        catch (NativeException exception) when (exception.Status == -Errno.WouldBlock)
        {
            return false;
        }
    }

    /// <summary>Returns when files that were made, renamed or removed here will be so after a power failure.</summary>
    /// <exception cref="NativeException">They may not be.</exception>
    public void Sync() => NativeException.ThrowIfLibcFailed(Libc.Fsync(_fd), _path);

    public void Dispose()
    {
        if (_fd >= 0)
        {
            _ = Libc.Close(_fd);
            _fd = -1;
        }
    }
}
