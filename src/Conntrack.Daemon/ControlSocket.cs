using System.Net.Sockets;
using Conntrack.Control.Replay;

namespace Conntrack.Daemon;

/// <summary>The file of a unix socket, from the directory it needs to the mode that says who may connect.</summary>
static class ControlSocket
{
    const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Makes the directory, and removes what a router that is gone has left.</summary>
    /// <exception cref="UserErrorException">The directory cannot be had, the file is no socket, or somebody answers on it.</exception>
    public static void Prepare(UnixListenAddress address)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(address.Path)!);
            if (!Path.Exists(address.Path))
            {
                return;
            }

            if (!IsSocket(address.Path))
            {
                throw new UserErrorException($"--listen: {address.Path} is there already and is no socket");
            }

            if (Answers(address.Path))
            {
                throw new UserErrorException($"--listen: {address} is in use, another router runs");
            }

            File.Delete(address.Path);
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            throw UserErrorException.File("--listen", address.Path, exception);
        }
    }

    /// <summary>For a socket that is bound and does not listen yet: nobody can have connected before the mode is right.</summary>
#pragma warning disable CA1416 // The product is Linux's alone, as are the devices it runs on.
    public static void Guard(UnixDomainSocketEndPoint endPoint) => File.SetUnixFileMode(endPoint.ToString(), OwnerAndGroup);
#pragma warning restore CA1416

    /// <summary>No attribute tells a socket from a file, but the kernel opens no socket as a file (ENXIO), whoever asks.</summary>
    static bool IsSocket(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return false;
        }
        catch (IOException)
        {
            return !Directory.Exists(path);
        }
    }

    static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
