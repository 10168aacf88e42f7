using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Conntrack.Architecture.Tests;

public class PackageTests
{
    static IEnumerable<string> BuildFiles => Repository.Files.Where(f => Regex.IsMatch(f, @"\.(csproj|props|targets)$"));

    [Fact]
    public void Versions_stand_in_one_file() =>
        Assert.All(BuildFiles.Where(f => f != "Directory.Packages.props"), file =>
            Assert.All(XDocument.Parse(Repository.Read(file)).Descendants(), element =>
            {
                Assert.NotEqual("PackageVersion", element.Name.LocalName);
                if (element.Name.LocalName == "PackageReference")
                {
                    Assert.Null(element.Attribute("Version") ?? element.Attribute("VersionOverride"));
                    Assert.Empty(element.Elements());
                }
            }));

    [Fact]
    public void Every_project_locks_its_packages() =>
        Assert.All(Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)), project =>
            Assert.Contains(Path.GetDirectoryName(project) + "/packages.lock.json", Repository.Files));

    /// <summary>A part of ours that needs a stand-in to be tested has the wrong edges.</summary>
    [Fact]
    public void No_mocking_library_comes_in() =>
        Assert.All(BuildFiles.Concat(Repository.Files.Where(f => f.EndsWith("packages.lock.json", StringComparison.Ordinal))), file =>
            Assert.DoesNotMatch(new Regex("\"(NSubstitute|Moq|FakeItEasy)\\b", RegexOptions.IgnoreCase), Repository.Read(file)));

    /// <summary>Where packages are fetched from is the machine's configuration, not the repository's.</summary>
    [Fact]
    public void No_file_names_the_host_of_a_registry()
    {
        // Spelled in pieces: this file is searched too.
        string[] hosts =
        [
            string.Join('.', "nuget", "org"), string.Join('.', "npmjs", "org"), string.Join('.', "pypi", "org"), string.Join('.', "crates", "io"),
            string.Join('.', "deb", "debian", "org"), string.Join('.', "security", "debian", "org"), string.Join('.', "snapshot", "debian", "org"),
            string.Join('.', "proxy", "golang", "org"), string.Join('.', "pkgs", "dev", "azure", "com"),
        ];
        Assert.All(Repository.Files, file =>
        {
            string text = Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(Repository.Root, file)));
            Assert.All(hosts, host => Assert.False(text.Contains(host, StringComparison.OrdinalIgnoreCase), $"{file} names {host}."));
        });
    }
}
