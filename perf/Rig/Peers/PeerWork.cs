namespace Conntrack.Rig.Peers;

/// <summary>What a peer is to do with every packet.</summary>
enum PeerWork
{
    /// <summary>Out by the other port.</summary>
    Forward,

    /// <summary>The same for packets of connections it keeps, which only the clients may open.</summary>
    Track,

    /// <summary>The same, with the clients behind one address.</summary>
    Translate,
}
