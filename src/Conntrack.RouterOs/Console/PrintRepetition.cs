namespace Conntrack.RouterOs.Console;

/// <summary>What a repeated print shows.</summary>
public enum PrintFollow : byte
{
    /// <summary>Everything, each time.</summary>
    No,

    /// <summary>Everything once, and then entries that are new.</summary>
    All,

    /// <summary>Only entries that come later.</summary>
    New,
}

/// <summary>A print that its terminal is to ask for again.</summary>
/// <param name="Interval">How long to wait in between.</param>
/// <param name="Follow">What to show of it.</param>
public readonly record struct PrintRepetition(TimeSpan Interval, PrintFollow Follow)
{
    /// <summary>The shortest time, for the router's sake.</summary>
    public static TimeSpan Least { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often entries are looked for unless told otherwise.</summary>
    public static TimeSpan Usual { get; } = TimeSpan.FromSeconds(1);
}
