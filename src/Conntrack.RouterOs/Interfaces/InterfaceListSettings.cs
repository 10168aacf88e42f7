using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>One entry of <c>/interface list</c>; RouterOS cannot disable one.</summary>
public sealed record InterfaceListSettings : ConfigurationEntry
{
    public required string Name { get; init; }

    /// <summary>Lists whose members are members of this one.</summary>
    public ValueList<string> Include { get; init; }

    /// <summary>Lists whose members are not, unless they are named members of this one.</summary>
    public ValueList<string> Exclude { get; init; }
}

/// <summary>One entry of <c>/interface list member</c>.</summary>
public sealed record InterfaceListMember : ConfigurationEntry
{
    public required string List { get; init; }

    /// <summary>The interface's current name.</summary>
    public required string Interface { get; init; }
}
