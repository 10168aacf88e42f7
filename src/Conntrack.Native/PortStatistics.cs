using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>A port's own counters since it was attached.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct PortStatistics
{
    public ulong RxFrames;
    public ulong TxFrames;
    public ulong RxBytes;
    public ulong TxBytes;

    /// <summary>Frames lost because the rx ring was full.</summary>
    public ulong RxMissed;
    public ulong RxErrors;
    public ulong TxErrors;

    /// <summary>Frames lost because the pool was empty.</summary>
    public ulong RxNoMbuf;
}
