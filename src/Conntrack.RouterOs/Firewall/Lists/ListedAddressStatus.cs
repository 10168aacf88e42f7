namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>What a router says of one listed address.</summary>
/// <param name="Listed">
/// The entry of the configuration, known by its id; or one that a rule or the DNS has made, which has the id 0 and is shown as dynamic.
/// </param>
/// <param name="Remaining">How long it stays, whole seconds; zero when its time is over, null for as long as the router runs.</param>
public sealed record ListedAddressStatus(ListedAddress Listed, TimeSpan? Remaining)
{
    public bool IsDynamic => Listed.Id == 0;

    /// <summary>Its time is over: it matches nothing, is not shown, and leaves the configuration within some seconds.</summary>
    public bool IsOver { get; init; }
}
