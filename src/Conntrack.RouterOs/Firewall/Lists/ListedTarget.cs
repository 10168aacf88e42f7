namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>What one entry of an address list stands for.</summary>
/// <param name="Range">The addresses; nothing where a name stands for them.</param>
/// <param name="Name">A name of the DNS, or null.</param>
readonly record struct ListedTarget(AddressRange Range, string? Name)
{
    public static ListedTarget Of(RuleFamily family, ListedAddress entry) =>
        new(entry.Name is null ? AddressRange.Of(family, entry.First, entry.Last) : default, entry.Name);

    public string Text => Name ?? Range.Text;
}
