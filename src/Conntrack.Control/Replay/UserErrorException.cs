namespace Conntrack.Control.Replay;

/// <summary>
/// Something the user gave is wrong: an argument, a script, a capture. The message is the one line the user reads, so it names the option,
/// the file, the line or the packet. The process ends with 2.
/// </summary>
public sealed class UserErrorException : Exception
{
    public UserErrorException(string message)
        : base(message)
    {
    }

    public UserErrorException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>A file that cannot be read or written, in words instead of the runtime's sentence.</summary>
    /// <param name="subject">What the message begins with: the option, or the file's role.</param>
    /// <param name="path">The file as the user named it.</param>
    /// <param name="cause">What the runtime threw.</param>
    public static UserErrorException File(string subject, string path, Exception cause)
    {
        string reason = cause switch
        {
            FileNotFoundException => "no such file",
            DirectoryNotFoundException => "no such directory",
            _ when Directory.Exists(path) => "is a directory",
            UnauthorizedAccessException => "permission denied",
            _ => Reason(cause, path),
        };
        return new UserErrorException($"{subject}: {path}: {reason}", cause);
    }

    /// <summary>Standard output does not take what was asked for: the disk behind it is full, for instance.</summary>
    public static UserErrorException StandardOutput(IOException cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return new UserErrorException($"standard output: {cause.Message}", cause);
    }

    /// <summary>True for what the operating system answers about a file, in contrast to a fault of the program.</summary>
    public static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The runtime ends its sentence with the full path; the user's own spelling of it stands in the message already.</summary>
    static string Reason(Exception cause, string path)
    {
        string ending = $" : '{Path.GetFullPath(path)}'";
        return cause.Message.EndsWith(ending, StringComparison.Ordinal) ? cause.Message[..^ending.Length] : cause.Message;
    }
}
