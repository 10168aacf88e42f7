using System.Text.RegularExpressions;

namespace Conntrack.Architecture.Tests;

/// <summary>Every file has a home, and the home is its namespace.</summary>
public class LayoutTests
{
    const int LongestFile = 500;
    const int LongestReadme = 150;

    static readonly string[] s_folders = [".ci", ".config", ".github", "docs", "native", "perf", "proto", "src", "tests"];

    static readonly string[] s_rootFiles =
    [
        ".editorconfig", ".gitattributes", ".gitignore", "Conntrack.sln", "Directory.Build.props", "Directory.Build.targets",
        "Directory.Packages.props", "LICENSE", "README.md", "build.cake", "build.sh", "global.json",
    ];

    [Fact]
    public void The_root_holds_what_is_known_and_nothing_else()
    {
        Assert.All(Repository.Files, file =>
        {
            string[] parts = file.Split('/');
            Assert.Contains(parts[0], parts.Length == 1 ? s_rootFiles : s_folders);
        });
    }

    [Fact]
    public void Every_source_file_belongs_to_a_project_in_the_list() =>
        Assert.All(Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f != "src/README.md"), file =>
        {
            string project = file.Split('/')[1];
            Assert.Contains(project, Repository.ProjectsInOrder);
            Assert.Contains($"src/{project}/{project}.csproj", Repository.SourceProjects);
        });

    /// <summary>Program.cs may hold statements alone; a file of assembly attributes or global usings declares nothing.</summary>
    [Fact]
    public void A_namespace_is_the_path_of_its_folder() =>
        Assert.All(Repository.Under("src", ".cs"), file =>
        {
            string code = CSharpText.CodeOf(file);
            string folder = Path.GetDirectoryName(file)!["src/".Length..].Replace('/', '.');
            string[] declared = [.. Regex.Matches(code, @"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline).Select(m => m.Groups[1].Value)];
            bool declaresTypes = Regex.IsMatch(code, @"\b(class|struct|enum|interface|record|delegate)\s+\w");
            if (declaresTypes && Path.GetFileName(file) != "Program.cs")
            {
                Assert.Equal([folder], declared);
            }

            Assert.All(declared, name => Assert.Equal(folder, name));
        });

    [Fact]
    public void Projects_of_source_and_tests_come_in_pairs()
    {
        string[] tests = [.. Repository.Under("tests", ".Tests.csproj").Select(f => Path.GetFileNameWithoutExtension(f)!)];
        string[] expected = [.. Repository.SourceProjects.Select(f => Path.GetFileNameWithoutExtension(f) + ".Tests")];
        string[] acrossProjects = ["Conntrack.Architecture.Tests", "Conntrack.Budget.Tests", "Conntrack.Fuzz.Tests", "Conntrack.Kernel.Tests", "Conntrack.Live.Tests", "Conntrack.Scenarios.Tests"];
        Assert.Equal(expected.Order(), tests.Except(acrossProjects).Order());
    }

    [Fact]
    public void The_solution_lists_every_project_once()
    {
        string[] listed = [.. Regex.Matches(Repository.Read("Conntrack.sln"), "\"([^\"]+\\.csproj)\"").Select(m => m.Groups[1].Value.Replace('\\', '/'))];
        Assert.Equal(Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_long_file_gives_its_reason()
    {
        const string List = "tests/Conntrack.Architecture.Tests/long-files.txt";
        Dictionary<string, string> reasons = Repository.Lines(List)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts.Length == 2 ? parts[1].Trim() : "");
        string[] tooLong = [.. Repository.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal) && Repository.Lines(f).Length > LongestFile)];
        Assert.Equal(reasons.Keys.Order(), tooLong.Order());
        Assert.All(reasons, entry => Assert.True(entry.Value.Length > 20, $"{List}: {entry.Key} has no reason."));
    }

    [Fact]
    public void The_readme_is_read_to_its_end()
    {
        Assert.SkipUnless(Repository.Has("README.md"), "README.md is not there yet.");
        Assert.InRange(Repository.Lines("README.md").Length, 1, LongestReadme);
    }

    [Fact]
    public void Nothing_compiled_is_kept() =>
        Assert.All(Repository.Files, file => Assert.DoesNotMatch(new Regex(@"\.(o|a|so|dll|pdb|exe|nupkg|pyc)$"), file));

    [Fact]
    public void Text_is_clean() =>
        Assert.All(Repository.Files.Where(f => Regex.IsMatch(f, @"\.(cs|c|h|py|sh|cake|csproj|props|targets|proto|md|json)$")), file =>
        {
            string text = Repository.Read(file);
            Assert.DoesNotContain('\r', text);
            Assert.DoesNotContain('\uFEFF', text);
            Assert.DoesNotMatch(new Regex(@"[ \t]+$", RegexOptions.Multiline), text);
            if (!file.EndsWith("packages.lock.json", StringComparison.Ordinal))
            {
                Assert.Matches(new Regex(@"[^\n]\n\z"), text);
            }

            if (!Regex.IsMatch(file, @"\.[ch]$"))
            {
                Assert.DoesNotContain('\t', text);
            }
        });

    /// <summary>Such names say that nobody knew what the thing is. A helper in the protocols' sense (FTP, PPTP) is a thing, and has a folder.</summary>
    [Fact]
    public void Names_say_what_a_thing_is()
    {
        Regex vague = new(@"(Utils?|Utilit(y|ies)|Helpers?|Managers?)$");
        IEnumerable<string> sources = Repository.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)
            && !f.StartsWith("src/Conntrack.Tracking/Helpers/", StringComparison.Ordinal)
            && !f.StartsWith("tests/Conntrack.Tracking.Tests/Helpers/", StringComparison.Ordinal));
        Assert.All(sources, file =>
        {
            IEnumerable<string> names = Regex.Matches(CSharpText.CodeOf(file), @"\b(?:class|struct|enum|interface|record)\s+(\w+)")
                .Select(m => m.Groups[1].Value)
                .Concat(Path.ChangeExtension(file, null).Split('/'));
            Assert.All(names, name => Assert.DoesNotMatch(vague, name));
        });
    }
}
