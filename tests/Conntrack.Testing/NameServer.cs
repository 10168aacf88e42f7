using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Conntrack.Testing;

/// <summary>A name server on a UDP port of loopback that knows what a test tells it (RFC 1035 4.1).</summary>
public sealed class NameServer : IDisposable
{
    const ushort TypeOfA = 1, TypeOfAaaa = 28, ClassIn = 1;
    const byte NotExistent = 3;

    readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    readonly ConcurrentDictionary<string, (uint TimeToLive, IPAddress[] Addresses)> _names = new(StringComparer.OrdinalIgnoreCase);
    readonly Task _serving;

    public NameServer() => _serving = Task.Run(ServeAsync);

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>RCODE of every answer; 0 for what is true. Null: it says nothing at all.</summary>
    public byte? Error { get; set; } = 0;

    /// <summary>Questions so far.</summary>
    public int Asked => _asked;

    int _asked;

    public void Set(string name, uint timeToLive, params string[] addresses) =>
        _names[name] = (timeToLive, [.. addresses.Select(IPAddress.Parse)]);

    public void Dispose()
    {
        _socket.Dispose();
        _serving.Wait(TimeSpan.FromSeconds(5));
    }

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult question = await _socket.ReceiveAsync();
                Interlocked.Increment(ref _asked);
                if (Error is { } error)
                {
                    await _socket.SendAsync(Answer(question.Buffer, error), question.RemoteEndPoint);
                }
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The end: Dispose has closed the socket.
        }
    }

    byte[] Answer(byte[] question, byte error)
    {
        const int Header = 12;
        int at = Header;
        var name = new StringBuilder();
        for (int length; (length = question[at]) != 0; at += length + 1)
        {
            name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(question, at + 1, length));
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        int end = at + 5;
        bool known = _names.TryGetValue(name.ToString(), out (uint TimeToLive, IPAddress[] Addresses) there);
        AddressFamily family = type == TypeOfA ? AddressFamily.InterNetwork : type == TypeOfAaaa ? AddressFamily.InterNetworkV6 : AddressFamily.Unknown;
        IPAddress[] addresses = known && error == 0 ? [.. there.Addresses.Where(address => address.AddressFamily == family)] : [];
        byte[] answer = new byte[end + addresses.Sum(static address => 12 + address.GetAddressBytes().Length)];
        question.AsSpan(0, end).CopyTo(answer);
        answer[2] = 0x81;
        answer[3] = (byte)(0x80 | (error != 0 ? error : known ? 0 : NotExistent));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)addresses.Length);
        answer.AsSpan(8, 4).Clear();
        foreach (IPAddress address in addresses)
        {
            byte[] bytes = address.GetAddressBytes();
            Span<byte> record = answer.AsSpan(end);
            BinaryPrimitives.WriteUInt16BigEndian(record, 0xc000 | Header);
            BinaryPrimitives.WriteUInt16BigEndian(record[2..], type);
            BinaryPrimitives.WriteUInt16BigEndian(record[4..], ClassIn);
            BinaryPrimitives.WriteUInt32BigEndian(record[6..], there.TimeToLive);
            BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)bytes.Length);
            bytes.CopyTo(record[12..]);
            end += 12 + bytes.Length;
        }

        return answer;
    }
}
