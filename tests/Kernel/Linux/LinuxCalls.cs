using System.Runtime.InteropServices;

namespace Conntrack.Kernel.Linux;

/// <summary>The calls of the C library that a namespace, a tap and a netlink socket take. A failure returns -1 and errno.</summary>
static unsafe partial class LinuxCalls
{
    const string Library = "libc";

    public const int NewNetworkNamespace = 0x4000_0000;
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;
    public const int AddressFamilyNetlink = 16;
    public const int SocketRaw = 3;
    public const int DontWait = 0x40;
    public const int WouldBlock = 11;
    public const int NoBufferSpace = 105;

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int descriptor, void* address, int length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int descriptor, int level, int option, void* value, int length);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int descriptor, void* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int descriptor, void* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int descriptor, void* buffer, nuint length, nint offset);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>The result, or an exception that names the attempt.</summary>
    public static int Check(int result, string attempt) =>
        result >= 0 ? result : throw new KernelUnavailableException($"{attempt}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}

/// <summary>The harness cannot run here: not root, no namespaces, no nf_conntrack, a tool is missing.</summary>
public sealed class KernelUnavailableException(string message) : Exception(message);
