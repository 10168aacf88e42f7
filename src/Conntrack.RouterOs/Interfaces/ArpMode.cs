namespace Conntrack.RouterOs.Interfaces;

/// <summary>What an interface does with ARP requests, and where it takes neighbours from.</summary>
public enum ArpMode : byte
{
    /// <summary>Answers for its own addresses and asks for those of others.</summary>
    Enabled,

    /// <summary>Neither asks nor answers: every neighbour is a static entry of <c>/ip arp</c>.</summary>
    Disabled,

    /// <summary>Answers also for what it would forward out of another interface.</summary>
    ProxyArp,

    /// <summary>Answers, but asks for nobody: neighbours are static entries.</summary>
    ReplyOnly,

    /// <summary>Answers also for what it would forward out of the same interface, whose hosts then meet only through the router.</summary>
    LocalProxyArp,
}
