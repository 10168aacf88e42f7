namespace Conntrack.Live;

enum RouterKind
{
    /// <summary>Linux's own forwarding, nftables and nf_conntrack: the reference, and the proof that a check can be passed.</summary>
    Kernel,

    /// <summary><c>ctrack run</c> with two interfaces, each the other's exit; both hosts are in one network.</summary>
    Wire,

    /// <summary><c>ctrack run</c> with addresses and routes.</summary>
    Router,
}

enum PortType
{
    /// <summary>net_tap: the interface that the router brings is the host's.</summary>
    Tap,

    /// <summary>net_af_packet on one end of a veth pair, the other end is the host's.</summary>
    Veth,
}

/// <summary>Who stands between the hosts, and how it is connected.</summary>
sealed record Arrangement(RouterKind Kind, PortType Ports, int Workers = 1)
{
    public bool IsCtrack => Kind != RouterKind.Kernel;

    public override string ToString() => Kind == RouterKind.Kernel
        ? "kernel"
        : $"{Kind} {Ports}".ToLowerInvariant() + (Workers > 1 ? $" {Workers} workers" : "");
}
