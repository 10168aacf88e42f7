using System.Net;
using Conntrack.Control.Replay;

namespace Conntrack.Daemon;

/// <summary>
/// Where the control plane answers: a unix socket, guarded by its file's permissions, or a port of this machine's loopback. Other addresses
/// are for when both ends prove who they are (mutual TLS), which is not there yet.
/// </summary>
public abstract record ListenAddress
{
    const string UnixPrefix = "unix:";

    /// <summary>Bytes of a path that fit into a unix socket's address (sun_path), its end mark not counted.</summary>
    const int MostPathBytes = 107;

    /// <summary>Where it listens unless told otherwise.</summary>
    public static IReadOnlyList<ListenAddress> Defaults { get; } =
        [new UnixListenAddress("/run/ctrack/ctrack.sock"), new LoopbackListenAddress(new IPEndPoint(IPAddress.Loopback, 50051))];

    /// <summary>Reads <c>unix:/path</c> or <c>ADDRESS:PORT</c>.</summary>
    /// <param name="option">What the message begins with when it cannot be.</param>
    /// <param name="word">The address as the user wrote it.</param>
    /// <exception cref="UserErrorException">It is neither, or an address of a network.</exception>
    public static ListenAddress Parse(string option, string word)
    {
        if (word.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            string path = word[UnixPrefix.Length..];
            return !Path.IsPathRooted(path) || Path.EndsInDirectorySeparator(path)
                ? throw new UserErrorException($"{option}: '{word}' is no socket; it is written unix:/path/to/socket")
                : System.Text.Encoding.UTF8.GetByteCount(path) > MostPathBytes
                    ? throw new UserErrorException($"{option}: '{word}' is too long, a socket's path has {MostPathBytes} bytes at most")
                    : new UnixListenAddress(path);
        }

        string address = word.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + word["localhost".Length..] : word;
        if (!IPEndPoint.TryParse(address, out IPEndPoint? endPoint) || endPoint.Port == 0)
        {
            throw new UserErrorException($"{option}: '{word}' is no address; it is written unix:/path or 127.0.0.1:50051");
        }

        return IPAddress.IsLoopback(endPoint.Address)
            ? new LoopbackListenAddress(endPoint)
            : throw new UserErrorException($"{option}: '{word}' could be reached from outside, which takes mutual TLS, and this version has none");
    }
}

/// <summary>A unix socket.</summary>
/// <param name="Path">From the root.</param>
public sealed record UnixListenAddress(string Path) : ListenAddress
{
    public override string ToString() => $"unix:{Path}";
}

/// <summary>A port of the loopback interface.</summary>
public sealed record LoopbackListenAddress(IPEndPoint EndPoint) : ListenAddress
{
    public override string ToString() => EndPoint.ToString();
}
