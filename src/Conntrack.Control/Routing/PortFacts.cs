using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Routing;

/// <summary>What is known of a port beside its settings. Its place among the others is its number in the dataplane.</summary>
/// <param name="Number">The N of its default name <c>etherN</c>.</param>
public sealed record PortFacts(int Number)
{
    /// <summary>Its device is there, works and has a carrier.</summary>
    public bool HasLink { get; init; } = true;

    /// <summary>Of the hardware; what is configured comes before it.</summary>
    public MacAddress Mac { get; init; }

    /// <summary>Largest IP packet in bytes that the device takes; null where it takes what is configured.</summary>
    public int? Mtu { get; init; }

    /// <summary>Takes frames for any unicast address as its own: replay.</summary>
    public bool AnyMac { get; init; }
}

/// <summary>The port behind which the host's own programs are.</summary>
/// <param name="Mac">Its address on the host's side.</param>
public sealed record HostFacts(MacAddress Mac);
