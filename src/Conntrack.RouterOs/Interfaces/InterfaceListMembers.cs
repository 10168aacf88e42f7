using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Interfaces;

/// <summary>Who belongs to an interface list.</summary>
public static class InterfaceListMembers
{
    public const string All = "all";
    public const string None = "none";
    public const string Dynamic = "dynamic";
    public const string Static = "static";

    /// <summary>The lists that are always there, as print shows them.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [All, None, Dynamic, Static];

    public static bool IsBuiltIn(string list) => BuiltIn.Contains(list);

    /// <summary>
    /// Whether an interface belongs to a list. As RouterOS does it: those of included lists come in, those of excluded lists go, and whoever
    /// is named a member belongs to it in any case. No interface here is dynamic.
    /// </summary>
    /// <param name="configuration">With lists that do not lead back to themselves.</param>
    /// <param name="list">The name of a list; nobody belongs to one that is not there.</param>
    /// <param name="interfaceName">The interface's current name.</param>
    public static bool IsInList(this RouterConfiguration configuration, string list, string interfaceName) => list switch
    {
        All or Static => true,
        None or Dynamic => false,
        _ => configuration.InterfaceListMembers.Any(
                member => !member.Disabled && member.List == list && member.Interface == interfaceName)
            || (configuration.InterfaceLists.FirstOrDefault(entry => entry.Name == list) is { } settings
                && settings.Include.Any(include => configuration.IsInList(include, interfaceName))
                && !settings.Exclude.Any(exclude => configuration.IsInList(exclude, interfaceName))),
    };
}
