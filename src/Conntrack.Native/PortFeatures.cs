namespace Conntrack.Native;

/// <summary>What a port can do, or is asked to do.</summary>
[Flags]
public enum PortFeatures : uint
{
    None = 0,

    /// <summary>Verifies IPv4 header checksums.</summary>
    RxIpChecksum = 1,

    /// <summary>Verifies TCP and UDP checksums.</summary>
    RxL4Checksum = 2,
    TxIpChecksum = 4,

    /// <summary>Fills in TCP and UDP checksums of frames that passed <see cref="Ports.TxPrepare"/>.</summary>
    TxL4Checksum = 8,

    /// <summary>Receives frames larger than a data room as chains.</summary>
    RxScatter = 16,

    /// <summary>Sends chains.</summary>
    TxChain = 32,

    /// <summary>Spreads over the rx queues so that both directions of a connection meet in one.</summary>
    SymmetricRss = 64,
}
