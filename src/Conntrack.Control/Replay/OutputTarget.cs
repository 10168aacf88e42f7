namespace Conntrack.Control.Replay;

/// <summary>Where an output option wants its data: a file, or standard output for <c>-</c>.</summary>
/// <param name="Option">The option as the user typed it, for messages.</param>
/// <param name="Path">The file, or <c>-</c>.</param>
public sealed record OutputTarget(string Option, string Path)
{
    public bool IsStandardOutput => Path == "-";

    /// <summary>Creates or truncates the file, or wraps <paramref name="standardOutput"/>, which stays open when the stream is disposed.</summary>
    /// <exception cref="UserErrorException">The file cannot be written; the stream throws the same when its disk is full.</exception>
    public Stream Open(TextWriter standardOutput)
    {
        if (IsStandardOutput)
        {
            return new OutputStream(new Utf8TextStream(standardOutput), UserErrorException.StandardOutput);
        }

        try
        {
            return new OutputStream(File.Create(Path), exception => UserErrorException.File(Option, Path, exception));
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            throw UserErrorException.File(Option, Path, exception);
        }
    }
}
