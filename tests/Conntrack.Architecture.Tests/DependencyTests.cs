using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Conntrack.Architecture.Tests;

/// <summary>Who may know whom: Daemon -> Control -> { RouterOs, Dataplane -> Firewall -> Tracking -> Packets -> Memory -> Native }.</summary>
public class DependencyTests
{
    public static TheoryData<string> Projects => [.. Repository.SourceProjects.Select(Path.GetFileNameWithoutExtension).OfType<string>()];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_declares_only_projects_below_it(string project)
    {
        XDocument file = XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj"));
        Assert.All(file.Descendants("ProjectReference"), reference =>
            AssertMayUse(project, Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)));
    }

    [Theory, MemberData(nameof(Projects))]
    public void An_assembly_uses_only_assemblies_below_it(string project)
    {
        using PEReader assembly = new(File.OpenRead(Repository.BuiltAssembly(project)));
        MetadataReader metadata = assembly.GetMetadataReader();
        IEnumerable<string> used = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => name.StartsWith("Conntrack.", StringComparison.Ordinal));
        Assert.All(used, name => AssertMayUse(project, name));
    }

    [Fact]
    public void Every_source_project_has_its_place_in_the_order() =>
        Assert.All(Projects, row => Assert.Contains(row.Data, Repository.ProjectsInOrder));

    static void AssertMayUse(string project, string used)
    {
        int own = Place(project);
        Assert.True(Place(used) < own, $"{project} may not use {used}: it stands above or beside it.");

        // The language of scripts knows nothing of packets; Control is where the two meet.
        Assert.False(project == "Conntrack.RouterOs", $"Conntrack.RouterOs may not use {used}: it stands alone.");
    }

    static int Place(string project)
    {
        int place = Repository.ProjectsInOrder.ToList().IndexOf(project);
        Assert.True(place >= 0, $"{project} is not in the list of projects.");
        return place;
    }
}
