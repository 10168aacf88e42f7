namespace Conntrack.Live.Bed;

/// <summary>What a scene's network looks like besides a client and a server.</summary>
sealed record Layout
{
    /// <summary>Behind the router stands another, Linux, and the link between that one and the server has an MTU of 1280.</summary>
    public bool IsNarrowBeyond { get; init; }

    /// <summary>The router's own interface to the server has an MTU of 1280, and the server's has not.</summary>
    public bool HasNarrowExit { get; init; }

    /// <summary>The hosts are in VLANs: two on one trunk that are routed between, or the same at both ends of a wire.</summary>
    public bool HasVlans { get; init; }

    /// <summary>A third host, for trouble that client and server must not notice.</summary>
    public bool HasThird { get; init; }

    /// <summary>RouterOS's rule in front of all others.</summary>
    public bool IsFastTracked { get; init; } = true;

    /// <summary>The router is a home's: RouterOS's default configuration, the client in its LAN, the server outside.</summary>
    public bool IsHome { get; init; }
}
