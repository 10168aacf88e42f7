using System.Runtime.InteropServices;
using System.Text;

namespace Conntrack.Kernel.Linux;

/// <summary>
/// The other end of a network interface: what is written here arrives at the router, what the router sends is read here. The kernel has
/// finished with a frame when the write returns, so that a read that finds nothing is an answer.
/// </summary>
sealed unsafe class Tap : IDisposable
{
    const nuint SetInterface = 0x4004_54ca;
    const short EthernetFrames = 0x0002;
    const short NoPacketInformation = 0x1000;
    const int RequestBytes = 40;
    const int LargestFrame = 65_536 + 64;

    readonly byte[] _buffer = new byte[LargestFrame];
    readonly int _descriptor;

    /// <summary>Makes the interface in the network namespace of the calling thread.</summary>
    public Tap(string name)
    {
        _descriptor = LinuxCalls.Check(LinuxCalls.Open("/dev/net/tun", LinuxCalls.ReadWrite | LinuxCalls.NonBlocking), "open /dev/net/tun");
        byte* request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        Encoding.ASCII.GetBytes(name).CopyTo(new Span<byte>(request, 16));
        *(short*)(request + 16) = EthernetFrames | NoPacketInformation;
        LinuxCalls.Check(LinuxCalls.Ioctl(_descriptor, SetInterface, request), $"tap {name}");
    }

    /// <summary>A frame into the router. False when the kernel refuses it, as a frame shorter than an Ethernet header.</summary>
    public bool Write(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            return LinuxCalls.Write(_descriptor, bytes, (nuint)frame.Length) == frame.Length;
        }
    }

    /// <summary>What the router has sent; null when there is nothing more.</summary>
    public byte[]? Read()
    {
        fixed (byte* bytes = _buffer)
        {
            nint length = LinuxCalls.Read(_descriptor, bytes, LargestFrame);
            if (length < 0)
            {
                return Marshal.GetLastPInvokeError() == LinuxCalls.WouldBlock
                    ? null
                    : throw new IOException($"tap: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }

            return _buffer[..(int)length];
        }
    }

    public void Dispose() => _ = LinuxCalls.Close(_descriptor);
}
