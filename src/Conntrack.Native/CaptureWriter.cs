namespace Conntrack.Native;

/// <summary>A new pcap file: nanoseconds, Ethernet, snap length 262144. It exists from the start, also when nothing is written.</summary>
public sealed unsafe class CaptureWriter : IDisposable
{
    nint _handle;

    public CaptureWriter(string path)
    {
        nint handle;
        NativeException.ThrowIfFailed(Captures.Create(path, &handle), path);
        _handle = handle;
        Path = path;
    }

    public string Path { get; }

    /// <summary>For <see cref="Captures.Write"/>.</summary>
    public nint Handle => _handle;

    /// <summary>Appends n frames, which stay the caller's, with their times in nanoseconds since 1970.</summary>
    public void Write(Mbuf** frames, long* timesNs, uint n) =>
        NativeException.ThrowIfFailed(Captures.Write(_handle, frames, timesNs, n), Path);

    /// <summary>Writes what is buffered and closes the file; throws when not all of it reached the disk.</summary>
    public void Finish()
    {
        nint handle = _handle;
        _handle = 0;
        if (handle != 0)
            NativeException.ThrowIfFailed(Captures.Finish(handle), Path);
    }

    /// <summary>Closes a file that was not finished, whose end nobody asks about: an earlier failure is on its way up already.</summary>
    public void Dispose()
    {
        if (_handle != 0)
            _ = Captures.Finish(_handle);
        _handle = 0;
    }
}
