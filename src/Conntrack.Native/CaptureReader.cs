namespace Conntrack.Native;

/// <summary>A pcap or pcapng file of Ethernet frames, micro- or nanoseconds.</summary>
public sealed unsafe class CaptureReader : IDisposable
{
    nint _handle;

    /// <summary>Throws when there is no such file, it is no capture, or its link type is another one, which the reason names.</summary>
    public CaptureReader(string path)
    {
        nint handle;
        NativeException.ThrowIfFailed(Captures.Open(path, &handle), path);
        _handle = handle;
        Path = path;
    }

    public string Path { get; }

    /// <summary>For <see cref="Captures.Read"/>.</summary>
    public nint Handle => _handle;

    /// <summary>Frames delivered by <see cref="Read"/>: the number of the last one, counted from 1.</summary>
    public long FramesRead { get; private set; }

    /// <summary>As <see cref="Captures.Read"/>, but a failure throws and names the packet; those before it have been delivered.</summary>
    public int Read(Mempool* pool, Mbuf** frames, CaptureMeta* meta, uint n)
    {
        int count = Captures.Read(_handle, pool, frames, meta, n);
        if (count < 0)
            throw new NativeException(count, $"{Path}: packet {FramesRead + 1}", Eal.LastErrorText());
        FramesRead += count;
        return count;
    }

    public void Dispose()
    {
        if (_handle != 0)
            Captures.Close(_handle);
        _handle = 0;
    }
}
