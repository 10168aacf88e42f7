using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>A configuration call failed. The message is what was attempted and why DPDK, libpcap or the kernel refused it.</summary>
public sealed class NativeException(int status, string attempt, string reason) : Exception($"{attempt}: {reason}")
{
    /// <summary>A negative errno.</summary>
    public int Status { get; } = status;

    /// <summary>The reason alone, in the words of whoever refused.</summary>
    public string Reason { get; } = reason;

    /// <summary>Returns a status that is a success; otherwise throws with the reason of this thread's last failed call.</summary>
    internal static int ThrowIfFailed(int status, string attempt) =>
        status >= 0 ? status : throw new NativeException(status, attempt, Eal.LastErrorText());

    /// <summary>The same for calls into libc, which return -1 and set errno.</summary>
    internal static void ThrowIfLibcFailed(int result, string attempt)
    {
        if (result >= 0)
            return;
        int errno = Marshal.GetLastPInvokeError();
        throw new NativeException(-errno, attempt, Marshal.GetPInvokeErrorMessage(errno));
    }
}
