namespace Conntrack.Native;

/// <summary>Bits of <see cref="Mbuf.OffloadFlags"/> (RTE_MBUF_F_*) that concern checksums, hashes and shared data.</summary>
public static class MbufOffloads
{
    public const ulong RssHash = 1UL << 1;

    /// <summary>With <see cref="RxL4ChecksumGood"/>: both bits mean "not given", neither means "not checked".</summary>
    public const ulong RxL4ChecksumBad = 1UL << 3;
    public const ulong RxIpChecksumBad = 1UL << 4;
    public const ulong RxIpChecksumGood = 1UL << 7;
    public const ulong RxL4ChecksumGood = 1UL << 8;

    /// <summary>The pseudo header's sum must stand in the checksum field, and the header lengths in <see cref="Mbuf.TxOffload"/>.</summary>
    public const ulong TxTcpChecksum = 1UL << 52;
    public const ulong TxUdpChecksum = 3UL << 52;
    public const ulong TxIpChecksum = 1UL << 54;
    public const ulong TxIpv4 = 1UL << 55;
    public const ulong TxIpv6 = 1UL << 56;

    /// <summary>A clone: the data belongs to another mbuf and may not be written.</summary>
    public const ulong Indirect = 1UL << 62;
}
