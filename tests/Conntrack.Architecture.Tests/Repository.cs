using System.Text.RegularExpressions;

namespace Conntrack.Architecture.Tests;

/// <summary>The files of the repository as a clone holds them: everything below the root that .gitignore does not leave out.</summary>
static class Repository
{
    public static string Root { get; } = FindRoot();

    // Of .gitignore's language we use names, *.extension, and a leading slash; anything else fails here instead of being misread.
    static readonly Regex[] s_ignored = [.. Lines(".gitignore").Where(line => line.Length > 0 && line[0] != '#').Select(Pattern)];

    /// <summary>Paths relative to the root, with forward slashes, sorted.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk("").Order(StringComparer.Ordinal)];

    /// <summary>The design's order: a project may use those before it.</summary>
    public static IReadOnlyList<string> ProjectsInOrder { get; } =
    [
        "Conntrack.Native",
        "Conntrack.Memory",
        "Conntrack.Packets",
        "Conntrack.Tracking",
        "Conntrack.Firewall",
        "Conntrack.Dataplane",
        "Conntrack.RouterOs",
        "Conntrack.Control",
        "Conntrack.Daemon",
    ];

    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal))];

    public static IEnumerable<string> Under(string folder, string extension) =>
        Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && f.EndsWith(extension, StringComparison.Ordinal));

    public static bool Has(string path) => File.Exists(Path.Combine(Root, path));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>The assembly a project was built into, in the configuration these tests were built in.</summary>
    public static string BuiltAssembly(string project)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string assembly = project == "Conntrack.Daemon" ? "ctrack" : project;
        return Path.Combine(Root, "artifacts", "bin", project, configuration, assembly + ".dll");
    }

    static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Conntrack.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Conntrack.sln above {AppContext.BaseDirectory}.");
    }

    static IEnumerable<string> Walk(string folder)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(Path.Combine(Root, folder)).EnumerateFileSystemInfos())
        {
            string path = folder.Length == 0 ? entry.Name : folder + "/" + entry.Name;
            if (entry.Name == ".git" || s_ignored.Any(pattern => pattern.IsMatch(path)))
            {
                continue;
            }

            if (entry is FileInfo)
            {
                yield return path;
            }
            else
            {
                foreach (string file in Walk(path))
                {
                    yield return file;
                }
            }
        }
    }

    static Regex Pattern(string line)
    {
        string name = line.Trim('/');
        if (!Regex.IsMatch(name, @"^[\w.*-]+$"))
        {
            throw new NotSupportedException($".gitignore: '{line}' needs more of its syntax than these tests read.");
        }

        string expression = Regex.Escape(name).Replace("\\*", "[^/]*", StringComparison.Ordinal) + "$";
        return new Regex((line[0] == '/' ? "^" : "(^|/)") + expression);
    }
}
