namespace Conntrack.Daemon.Terminal;

/// <summary>
/// What was typed before, the latest last, kept in a file under XDG_STATE_HOME that only its owner can read. A file that cannot be read or
/// written costs the memory of commands, never the console.
/// </summary>
sealed class CommandHistory
{
    const int Most = 1_000;

    readonly string? _file;
    readonly List<string> _lines;

    CommandHistory(string? file, List<string> lines) => (_file, _lines) = (file, lines);

    public IReadOnlyList<string> Lines => _lines;

    public static CommandHistory Open()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? folder = state is ['/', ..] ? Path.Combine(state, "ctrack")
            : home.Length > 0 ? Path.Combine(home, ".local", "state", "ctrack")
            : null;
        return Open(folder is null ? null : Path.Combine(folder, "history"));
    }

    public static CommandHistory Open(string? file)
    {
        try
        {
            return new CommandHistory(file, file is not null && File.Exists(file) ? [.. File.ReadLines(file).TakeLast(Most).Select(Unescape)] : []);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new CommandHistory(null, []);
        }
    }

    /// <summary>Adds a command unless it is that of before once more.</summary>
    public void Add(string command)
    {
        if (string.IsNullOrWhiteSpace(command) || (_lines.Count > 0 && _lines[^1] == command))
        {
            return;
        }

        _lines.Add(command);
        bool shorten = _lines.Count > Most;
        if (shorten)
        {
            _lines.RemoveRange(0, _lines.Count - Most);
        }

        Save(command, shorten);
    }

    void Save(string command, bool shorten)
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
#pragma warning disable CA1416 // The product is Linux's alone.
            using (var stream = new FileStream(_file, new FileStreamOptions
            {
                Mode = shorten ? FileMode.Create : FileMode.Append, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
#pragma warning restore CA1416
            using (var writer = new StreamWriter(stream))
            {
                foreach (string line in shorten ? _lines : [command])
                {
                    writer.Write(Escape(line) + "\n");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next command tries again.
        }
    }

    static string Escape(string line) => line.Replace("\\", "\\\\").Replace("\n", "\\n");

    static string Unescape(string line)
    {
        var text = new System.Text.StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            bool escaped = line[i] == '\\' && i + 1 < line.Length;
            text.Append(escaped ? line[++i] == 'n' ? '\n' : line[i] : line[i]);
        }

        return text.ToString();
    }
}
