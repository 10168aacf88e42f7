namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>Tests that say how long something takes: nothing else runs in the process meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
