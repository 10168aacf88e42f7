namespace Conntrack.RouterOs.Settings;

/// <summary>
/// One entry of one of RouterOS's lists. Two are equal when a script would write them alike, so <see cref="Id"/> does not count.
/// </summary>
public abstract record ConfigurationEntry
{
    public const int MostNameLength = 63;
    public const int MostCommentLength = 1023;

    /// <summary>
    /// Stays with the entry for as long as it is there, whatever happens around it; 0 before it is part of a list. Printed as <c>*1a</c>.
    /// </summary>
    public ulong Id { get; init; }

    public bool Disabled { get; init; }

    public string Comment { get; init; } = "";

    public virtual bool Equals(ConfigurationEntry? other) =>
        other is not null && EqualityContract == other.EqualityContract && Disabled == other.Disabled && Comment == other.Comment;

    public override int GetHashCode() => HashCode.Combine(EqualityContract, Disabled, Comment);
}
