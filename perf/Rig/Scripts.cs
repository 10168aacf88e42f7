using Conntrack.RouterOs.Settings;

namespace Conntrack.Rig;

/// <summary>What a router is configured with.</summary>
static class Scripts
{
    /// <summary>RouterOS scripts one after the other, from the state of a fresh router on.</summary>
    /// <exception cref="RigException">One of them is wrong.</exception>
    public static RouterConfiguration Load(IReadOnlyList<string> paths) =>
        paths.Aggregate(RouterConfiguration.Default, (before, path) => Load(path, File.ReadAllText(path), before));

    /// <summary>One more.</summary>
    /// <exception cref="RigException">It is wrong.</exception>
    public static RouterConfiguration Load(string name, string script, RouterConfiguration before)
    {
        LoadResult loaded = ScriptLoader.Load(name, script, before);
        return loaded.Configuration ?? throw new RigException($"{name}: {loaded.Diagnostics[0]}");
    }
}
