using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>When a captured frame was seen, and how much of it.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CaptureMeta
{
    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.</summary>
    public long TimeNs;

    /// <summary>Bytes in the file, and in the mbuf.</summary>
    public uint CapturedLength;

    /// <summary>Bytes the frame had.</summary>
    public uint WireLength;
}

/// <summary>Capture files; <see cref="CaptureReader"/> and <see cref="CaptureWriter"/> own their handles.</summary>
public static unsafe partial class Captures
{
    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, nint* reader);

    /// <summary>
    /// Up to n frames in file order, chained when larger than a data room; returns how many, 0 at the end for good. -EBADMSG: truncated or
    /// corrupt, told after the frames before it. -ENOMEM: the pool is empty; the frame stays for the next call.
    /// </summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_read")]
    public static partial int Read(nint reader, Mempool* pool, Mbuf** frames, CaptureMeta* meta, uint n);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_close")]
    internal static partial void Close(nint reader);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_create", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Create(string path, nint* writer);

    /// <summary>Appends n frames, still the caller's, with their times in ns since 1970; 0, -ENOSPC and the like, or -ERANGE.</summary>
    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_write")]
    public static partial int Write(nint writer, Mbuf** frames, long* timesNs, uint n);

    [LibraryImport(Shim.Library, EntryPoint = "ctd_capture_finish")]
    internal static partial int Finish(nint writer);
}
