using System.Reflection;
using Conntrack.Dataplane.Hosting;
using Xunit.Sdk;
using Xunit.v3;

namespace Conntrack.Dataplane.Tests;

/// <summary>Runs a theory in both compilations of the dataplane: the library, and the assembly under the JIT.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimesAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
            [.. Enum.GetValues<DataplaneRuntime>().Select(runtime => new TheoryDataRow(runtime))]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
