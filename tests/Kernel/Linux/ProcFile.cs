using System.Text;

namespace Conntrack.Kernel.Linux;

/// <summary>A number below /proc/sys/net of the calling thread's namespace, kept open because it is read after every packet.</summary>
sealed unsafe class ProcFile(string path) : IDisposable
{
    readonly int _descriptor = LinuxCalls.Check(LinuxCalls.Open(path, 0), path);

    public long ReadNumber()
    {
        byte* text = stackalloc byte[32];
        int length = LinuxCalls.Check((int)LinuxCalls.ReadAt(_descriptor, text, 32, 0), path);
        return long.Parse(Encoding.ASCII.GetString(text, length), System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose() => _ = LinuxCalls.Close(_descriptor);
}
