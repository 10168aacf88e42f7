using System.Globalization;

namespace Conntrack.Live.Bed;

/// <summary>Where a run keeps its files. The process's id is in its name: what a killed run left is known as such by the next.</summary>
sealed class RunFolder : IDisposable
{
    const string Prefix = "ctlive-";

    int _made;

    public RunFolder() => Directory.CreateDirectory(Root);

    // Short enough for a socket in it.
    static string Root => Of(Environment.ProcessId);

    /// <summary>A folder of its own for somebody, who need not remove it.</summary>
    public string New(string name) =>
        Directory.CreateDirectory(Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{name}{Interlocked.Increment(ref _made)}"))).FullName;

    public static void RemoveLeftovers()
    {
        foreach (string folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(folder)[Prefix.Length..], CultureInfo.InvariantCulture, out int owner) && !Directory.Exists($"/proc/{owner}"))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    static string Of(int process) => Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}"));
}
