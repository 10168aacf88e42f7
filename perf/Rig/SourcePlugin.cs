namespace Conntrack.Rig;

/// <summary>The source's shared library, where EAL is willing to load it from.</summary>
sealed class SourcePlugin : IDisposable
{
    const string FileName = "libnet_flowgen.so";

    readonly string? _copy;

    /// <exception cref="RigException">It was not built.</exception>
    public SourcePlugin(string? path)
    {
        string found = path ?? Path.Combine(AppContext.BaseDirectory, "../../../native/perf", FileName);
        found = System.IO.Path.GetFullPath(found);
        if (!File.Exists(found))
        {
            throw new RigException($"{found} is not there: make -C perf/native builds it, as ./build.sh bench does");
        }

        if (IsBelowWritableByAll(found))
        {
            // EAL refuses a plugin that anybody could have put there, and says so only in its debug log.
            _copy = Directory.CreateDirectory($"/run/ctrack-rig-{Environment.ProcessId}").FullName;
            Interruption.Undoes(this);
            File.Copy(found, Path.Combine(_copy, FileName), overwrite: true);
            found = Path.Combine(_copy, FileName);
        }

        Location = found;
    }

    public string Location { get; }

    static bool IsBelowWritableByAll(string path)
    {
        for (string? folder = System.IO.Path.GetDirectoryName(path); folder != null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if ((File.GetUnixFileMode(folder) & UnixFileMode.OtherWrite) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_copy != null)
        {
            Interruption.Done(this);
            Directory.Delete(_copy, recursive: true);
        }
    }
}
