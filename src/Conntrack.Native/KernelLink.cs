using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Conntrack.Native;

/// <summary>Whether packets can pass a link.</summary>
public enum LinkState : byte
{
    Down,
    Up,

    /// <summary>There is no such interface any more.</summary>
    Gone,
}

/// <summary>
/// The kernel's interface behind a port, which knows more of its link than the driver: a packet socket's driver takes it for up whatever
/// happens, and a tap's asks for a name that another namespace may have taken along and changed. A tap is therefore followed by its file
/// descriptor, which tells its name and its namespace of today.
/// </summary>
/// <param name="name">The interface's name when the port was opened.</param>
/// <param name="isTap">Whether this process made it.</param>
public sealed unsafe partial class KernelLink(string name, bool isTap) : IDisposable
{
    const int NameBytes = 16;
    const short Up = 0x1, Running = 0x40;
    const nuint GetFlags = 0x8913, TunGetInterface = 0x800454d2, TunGetNamespace = 0x54e3;
    const int NewNetwork = 0x40000000;
    const string TunDevice = "/dev/net/tun";

    readonly int _here = NewSocket();
    readonly int _tap = isTap ? FindTap(name) : -1;
    readonly string? _namespace = Path.GetFileName(File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)?.FullName);
    string? _away;
    int _there = -1;

    /// <summary>struct ifreq: a name, and flags in front of what else it may hold.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    struct Request
    {
        public fixed byte Name[NameBytes];
        public short Flags;
    }

    /// <summary>Asks the kernel.</summary>
    public LinkState Look()
    {
        if (!isTap)
        {
            return StateOf(_here, name);
        }

        if (TapName(_tap) is not { } today)
        {
            return LinkState.Gone;
        }

        // Removed between two questions; the next one will tell.
        LinkState state = StateOf(SocketBesideTap(), today);
        return state == LinkState.Gone ? LinkState.Down : state;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseThere();
        if (_here >= 0)
        {
            Close(_here);
        }
    }

    void CloseThere()
    {
        if (_there >= 0)
        {
            Close(_there);
            _there = -1;
        }
    }

    static int NewSocket()
    {
        const int Inet = 2, DatagramCloseOnExec = 0x80002;
        return Socket(Inet, DatagramCloseOnExec, 0);
    }

    static LinkState StateOf(int socket, string name)
    {
        Request request = default;
        Encoding.UTF8.GetBytes(name, new Span<byte>(request.Name, NameBytes - 1));
        if (Ioctl(socket, GetFlags, &request) < 0)
        {
            return LinkState.Gone;
        }

        return (request.Flags & (Up | Running)) == (Up | Running) ? LinkState.Up : LinkState.Down;
    }

    static int FindTap(string name)
    {
        foreach (string path in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName == TunDevice
                && int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
                && TapName(descriptor) == name)
            {
                return descriptor;
            }
        }

        return -1;
    }

    static string? TapName(int descriptor)
    {
        Request request = default;
        return Ioctl(descriptor, TunGetInterface, &request) < 0 ? null : Marshal.PtrToStringUTF8((nint)request.Name);
    }

    /// <summary>
    /// A socket of the namespace that the tap is in. A socket belongs to the namespace that its thread was in when it was made, so a thread of
    /// its own goes there and ends.
    /// </summary>
    int SocketBesideTap()
    {
        int there = Ioctl(_tap, TunGetNamespace, null);
        if (there < 0)
        {
            return _here;
        }

        string? where = Path.GetFileName(File.ResolveLinkTarget($"/proc/self/fd/{there}", returnFinalTarget: false)?.FullName);
        if (where != _namespace && where != _away)
        {
            CloseThere();
            _away = where;
            var visitor = new Thread(() => _there = SetNamespace(there, NewNetwork) < 0 ? -1 : NewSocket()) { Name = "ct-netns" };
            visitor.Start();
            visitor.Join();
        }

        Close(there);
        return where == _namespace ? _here : _there;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial void Close(int descriptor);
}
