using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Conntrack.Architecture.Tests;

public class SealedTests
{
    /// <summary>The compiler says so of internal classes only; a public one invites heirs that no test of ours ever sees.</summary>
    [Theory, MemberData(nameof(DependencyTests.Projects), MemberType = typeof(DependencyTests))]
    public void A_class_without_heirs_is_sealed(string project)
    {
        using PEReader assembly = new(File.OpenRead(Repository.BuiltAssembly(project)));
        MetadataReader metadata = assembly.GetMetadataReader();
        TypeDefinition[] types = [.. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition)];
        HashSet<EntityHandle> inherited = [.. types.Select(type => BaseOf(metadata, type))];
        IEnumerable<string> open = metadata.TypeDefinitions
            .Where(handle => !inherited.Contains(handle))
            .Select(metadata.GetTypeDefinition)
            .Where(type => (type.Attributes & (TypeAttributes.Sealed | TypeAttributes.Abstract | TypeAttributes.Interface)) == 0)
            .Where(type => !IsGenerated(metadata, type))
            .Select(type => metadata.GetString(type.Name))
            .Where(name => name is not "<Module>" and not "Program");
        Assert.Empty(open);
    }

    /// <summary>What protoc writes for clients is open, so that others may stand in for it.</summary>
    static bool IsGenerated(MetadataReader metadata, TypeDefinition type) =>
        type.IsNested && metadata.GetString(metadata.GetTypeDefinition(type.GetDeclaringType()).Namespace) == "Conntrack.V1";

    /// <summary>A generic base is named through a type specification; what matters is the definition behind it.</summary>
    static EntityHandle BaseOf(MetadataReader metadata, TypeDefinition type)
    {
        if (type.BaseType.Kind != HandleKind.TypeSpecification)
        {
            return type.BaseType;
        }

        // ECMA-335 II.23.2.14: GENERICINST, CLASS or VALUETYPE, then the coded TypeDefOrRef.
        BlobReader signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)type.BaseType).Signature);
        signature.ReadByte();
        signature.ReadByte();
        return signature.ReadTypeHandle();
    }
}
