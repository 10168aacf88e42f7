namespace Conntrack.Packets;

/// <summary>What Parse does about checksums the NIC has not verified.</summary>
public enum ChecksumPolicy : byte
{
    /// <summary>Compute them: a bad IP header checksum drops the packet, a bad transport checksum makes it invalid.</summary>
    Verify = 0,

    /// <summary>Take every checksum for right: captures of a host's own traffic hold what its NIC would have filled in.</summary>
    Ignore = 1,
}

/// <summary>
/// What a NIC reports about checksums in <see cref="Conntrack.Native.Mbuf.OffloadFlags"/>. Only "good" is believed; "bad" is computed
/// again, because adapters call frames bad that are not (a UDP datagram without a checksum, data that is only partly covered).
/// "None" (good and bad together) means the data arrived intact although the field is not filled in, which is as good as good.
/// </summary>
public static class ReceiveOffload
{
    /// <summary>RTE_MBUF_F_RX_L4_CKSUM_BAD.</summary>
    public const ulong TransportChecksumBad = 1ul << 3;

    /// <summary>RTE_MBUF_F_RX_IP_CKSUM_BAD.</summary>
    public const ulong IpChecksumBad = 1ul << 4;

    /// <summary>RTE_MBUF_F_RX_IP_CKSUM_GOOD.</summary>
    public const ulong IpChecksumGood = 1ul << 7;

    /// <summary>RTE_MBUF_F_RX_L4_CKSUM_GOOD.</summary>
    public const ulong TransportChecksumGood = 1ul << 8;
}
