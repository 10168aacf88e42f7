namespace Conntrack.RouterOs.Firewall;

/// <summary>What a packet or its connection carries. A matcher that is null matches every packet.</summary>
public sealed record ContentMatchers
{
    public static ContentMatchers None { get; } = new();

    /// <summary>Bytes of the packet, one for each character up to 255.</summary>
    public Negatable<string>? Content { get; init; }

    /// <summary>The name of an entry of /ip firewall layer7-protocol.</summary>
    public Negatable<string>? Layer7Protocol { get; init; }

    /// <summary>Server name of a TLS handshake, with * and ? for any characters.</summary>
    public Negatable<string>? TlsHost { get; init; }

    /// <summary>IPv4 only; RouterOS no longer recognises any.</summary>
    public Negatable<RuleP2p>? P2p { get; init; }
}

/// <summary>Peer-to-peer protocols of the matcher p2p, which RouterOS 7 keeps for the sake of old scripts.</summary>
public enum RuleP2p : byte
{
    AllP2p,
    BitTorrent,
    Blubster,
    DirectConnect,
    Edonkey,
    FastTrack,
    Gnutella,
    Soulseek,
    Warez,
    Winmx,
}
