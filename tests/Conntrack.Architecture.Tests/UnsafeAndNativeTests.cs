using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Conntrack.Architecture.Tests;

/// <summary>Pointers stay in the dataplane; names of native symbols stay in one project.</summary>
public class UnsafeAndNativeTests
{
    static readonly string[] s_mayBeUnsafe =
        ["Conntrack.Native", "Conntrack.Memory", "Conntrack.Packets", "Conntrack.Tracking", "Conntrack.Firewall", "Conntrack.Dataplane"];

    [Fact]
    public void Only_dataplane_projects_switch_unsafe_code_on()
    {
        IEnumerable<string> switching = Repository.Files
            .Where(f => Regex.IsMatch(f, @"\.(csproj|props|targets|rsp)$") && !f.StartsWith("tests/", StringComparison.Ordinal))
            .Where(f => !f.StartsWith("perf/", StringComparison.Ordinal))
            .Where(f => Repository.Read(f).Contains("AllowUnsafeBlocks", StringComparison.Ordinal));
        Assert.All(switching, file => Assert.Contains(Path.GetFileNameWithoutExtension(file), s_mayBeUnsafe));
    }

    [Fact]
    public void Only_dataplane_projects_say_unsafe()
    {
        IEnumerable<string> outside = Repository.Under("src", ".cs").Where(f => !s_mayBeUnsafe.Contains(f.Split('/')[1]));
        Assert.All(outside, file => Assert.False(
            Regex.IsMatch(CSharpText.CodeOf(file), @"\bunsafe\b|\bUnsafe\."), $"{file} is outside the projects that may be unsafe."));
    }

    [Fact]
    public void Only_Conntrack_Native_declares_native_functions_in_source()
    {
        IEnumerable<string> outside = Repository.Under("src", ".cs").Where(f => !f.StartsWith("src/Conntrack.Native/", StringComparison.Ordinal));
        Assert.All(outside, file => Assert.False(
            Regex.IsMatch(CSharpText.CodeOf(file), @"\[\s*(DllImport|LibraryImport)\b|\bNativeLibrary\s*\."),
            $"{file} names a native symbol; Conntrack.Native is the place."));
    }

    /// <summary>The source says what was written, the metadata what generators made of it.</summary>
    [Theory, MemberData(nameof(DependencyTests.Projects), MemberType = typeof(DependencyTests))]
    public void Only_Conntrack_Native_imports_native_functions_in_metadata(string project)
    {
        using PEReader assembly = new(File.OpenRead(Repository.BuiltAssembly(project)));
        MetadataReader metadata = assembly.GetMetadataReader();
        IEnumerable<string> imported = metadata.MethodDefinitions
            .Select(metadata.GetMethodDefinition)
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => metadata.GetString(method.Name));
        if (project != "Conntrack.Native")
        {
            Assert.Empty(imported);
        }
    }

    /// <summary>The shim makes calls in batches and decides nothing; 850 lines are plenty for that, and 250 for rte_flow, whose rules are lists of structs. Its own
    /// test does not count.</summary>
    [Fact]
    public void The_shim_stays_small()
    {
        string[] sources = [.. Repository.Under("native", ".c").Concat(Repository.Under("native", ".h"))
            .Where(f => !Path.GetFileName(f).StartsWith("test_", StringComparison.Ordinal))];
        Assert.SkipWhen(sources.Length == 0, "native/ is not there yet.");
        Assert.InRange(sources.Sum(f => Repository.Lines(f).Length), 1, 1099);
    }
}
