namespace Conntrack.RouterOs.Language;

/// <summary>A <c>{ … }</c> around commands: variables declared in it end with it. Identity counts; code within <c>do={ … }</c> starts anew.</summary>
public sealed class ScriptScope(ScriptScope? outer)
{
    public ScriptScope? Outer { get; } = outer;

    /// <summary>1 for a block that is in no other.</summary>
    public int Depth { get; } = (outer?.Depth ?? 0) + 1;
}
