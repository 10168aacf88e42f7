namespace Conntrack.Control.Settings.Revisions;

/// <summary>Where revisions are kept.</summary>
public sealed record StateLocation
{
    /// <summary>What <c>--state</c> says to keep them in memory.</summary>
    public const string NoneWord = "none";

    StateLocation(string? directory, bool isDefault)
    {
        Directory = directory;
        IsDefault = isDefault;
    }

    /// <summary>Nobody said where. A machine that cannot have it runs without as long as no configuration is at stake.</summary>
    public static StateLocation Default { get; } = DefaultAt("/var/lib/ctrack");

    /// <summary>In memory: the next start knows nothing of them.</summary>
    public static StateLocation None { get; } = new(null, isDefault: false);

    /// <summary>Null for memory.</summary>
    public string? Directory { get; }

    public bool IsDefault { get; }

    public static StateLocation Of(string word) => word == NoneWord ? None : new StateLocation(word, isDefault: false);

    /// <summary>What <see cref="Default"/> is on a machine that keeps it elsewhere.</summary>
    internal static StateLocation DefaultAt(string directory) => new(directory, isDefault: true);
}
