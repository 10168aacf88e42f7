using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conntrack.Kernel.Linux;

/// <summary>
/// A raw NETLINK_NETFILTER socket of the network namespace it was opened in. Netlink answers within the call that asks, so nothing here
/// waits: what is not there when the request returns will never be.
/// </summary>
sealed unsafe class NetlinkSocket : IDisposable
{
    const int Netfilter = 12;
    const int SocketLevel = 1;
    const int ReceiveBufferForce = 33;
    const int NetlinkLevel = 270;
    const int NoNoBufferSpace = 5;
    const int BufferBytes = 1 << 18;
    const int HeaderBytes = 16;
    const int ErrorType = 2;
    const int DoneType = 3;

    readonly byte[] _buffer = new byte[BufferBytes];
    readonly int _descriptor;
    uint _sequence;

    /// <summary>Multicast groups to listen to, one bit each; 0 for a socket that only asks.</summary>
    public NetlinkSocket(uint groups)
    {
        _descriptor = LinuxCalls.Check(LinuxCalls.Socket(LinuxCalls.AddressFamilyNetlink, LinuxCalls.SocketRaw, Netfilter), "netlink socket");
        uint* address = stackalloc uint[3];
        address[0] = LinuxCalls.AddressFamilyNetlink;
        address[1] = 0;
        address[2] = groups;
        LinuxCalls.Check(LinuxCalls.Bind(_descriptor, address, 12), "netlink bind");
        int size = 16 << 20;
        _ = LinuxCalls.SetOption(_descriptor, SocketLevel, ReceiveBufferForce, &size, sizeof(int));
        int on = 1;
        _ = LinuxCalls.SetOption(_descriptor, NetlinkLevel, NoNoBufferSpace, &on, sizeof(int));
    }

    /// <summary>What an answer is given to: message number within its subsystem, family, resource id, attributes.</summary>
    public delegate void Reader(int type, byte family, ushort resource, ReadOnlySpan<byte> attributes);

    /// <summary>Sends a request that is only acknowledged.</summary>
    /// <exception cref="KernelUnavailableException">Refused; the text names the attempt and the kernel's reason.</exception>
    public void Ask(NetlinkMessage message, string attempt)
    {
        int error = Exchange(message.ToBytes(++_sequence), null);
        if (error != 0)
        {
            throw new KernelUnavailableException($"{attempt}: {Marshal.GetPInvokeErrorMessage(-error)}");
        }
    }

    /// <summary>Sends one or more requests in one piece and reads all answers. Returns the last error, 0 when there was none.</summary>
    public int Exchange(ReadOnlySpan<byte> requests, Reader? reader)
    {
        fixed (byte* bytes = requests)
        {
            LinuxCalls.Check((int)LinuxCalls.Send(_descriptor, bytes, (nuint)requests.Length, 0), "netlink send");
        }

        return Drain(reader);
    }

    /// <summary>Reads what has arrived.</summary>
    public int Drain(Reader? reader)
    {
        int error = 0;
        fixed (byte* bytes = _buffer)
        {
            while (true)
            {
                nint length = LinuxCalls.Receive(_descriptor, bytes, BufferBytes, LinuxCalls.DontWait);
                if (length < 0)
                {
                    return Marshal.GetLastPInvokeError() == LinuxCalls.WouldBlock
                        ? error
                        : throw new IOException($"netlink: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
                }

                error = Read(new ReadOnlySpan<byte>(bytes, (int)length), reader, error);
            }
        }
    }

    static int Read(ReadOnlySpan<byte> messages, Reader? reader, int error)
    {
        while (messages.Length >= HeaderBytes)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            int type = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            ReadOnlySpan<byte> body = messages[HeaderBytes..length];
            if (type == ErrorType)
            {
                int status = BinaryPrimitives.ReadInt32LittleEndian(body);
                error = status != 0 ? status : error;
            }
            else if (type != DoneType)
            {
                reader?.Invoke(type & 0xff, body[0], BinaryPrimitives.ReadUInt16BigEndian(body[2..]), body[4..]);
            }

            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }

        return error;
    }

    public void Dispose() => _ = LinuxCalls.Close(_descriptor);
}
