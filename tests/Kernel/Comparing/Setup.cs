using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Kernel.Comparing;

/// <summary>What stands between the two ports in the kernel. Ours is a wire either way.</summary>
enum Topology
{
    /// <summary>Two interfaces and routes: what a router does to a header is taken back before comparing.</summary>
    Router,

    /// <summary>A bridge whose packets pass the firewall: frames leave as they came, multicast, broadcast and any TTL included.</summary>
    Bridge,
}

/// <summary>A timeout by the name it has in each of the two.</summary>
/// <param name="Slot">Index into <see cref="TrackingParameters.Timeouts"/>.</param>
/// <param name="Names">Files below /proc/sys/net/netfilter without their prefix nf_conntrack_.</param>
sealed record TimeoutName(int Slot, params string[] Names)
{
    /// <summary>
    /// Linux has more timeouts than RouterOS: ICMPv6 has one of its own, UDP-Lite uses UDP's; those of GRE, SCTP and DCCP stay at their
    /// defaults. syn-sent of a simultaneous
    /// open has no sysctl and is set over nfnetlink.
    /// </summary>
    public static IReadOnlyList<TimeoutName> All { get; } =
    [
        new((int)TcpState.SynSent, "tcp_timeout_syn_sent"),
        new((int)TcpState.SynReceived, "tcp_timeout_syn_recv"),
        new((int)TcpState.Established, "tcp_timeout_established"),
        new((int)TcpState.FinWait, "tcp_timeout_fin_wait"),
        new((int)TcpState.CloseWait, "tcp_timeout_close_wait"),
        new((int)TcpState.LastAck, "tcp_timeout_last_ack"),
        new((int)TcpState.TimeWait, "tcp_timeout_time_wait"),
        new((int)TcpState.Close, "tcp_timeout_close"),
        new((int)TimeoutSlot.TcpMaxRetrans, "tcp_timeout_max_retrans"),
        new((int)TimeoutSlot.TcpUnacked, "tcp_timeout_unacknowledged"),
        new((int)TimeoutSlot.Udp, "udp_timeout"),
        new((int)TimeoutSlot.UdpStream, "udp_timeout_stream"),
        new((int)TimeoutSlot.Icmp, "icmp_timeout", "icmpv6_timeout"),
        new((int)TimeoutSlot.Generic, "generic_timeout"),
    ];
}

/// <summary>What a scenario runs under: RouterOS's defaults unless it says otherwise. Timeouts in seconds by slot.</summary>
sealed record Setup
{
    public static Setup Default { get; } = new();

    public Topology Topology { get; init; } = Topology.Router;

    /// <summary>Both translate, by rules that are the same in both; see <see cref="Ours.OurTranslations"/>.</summary>
    public bool Nat { get; init; }

    /// <summary>Connections to the helpers' ports are read; a kernel may have no helpers.</summary>
    public bool Helpers { get; init; }

    /// <summary>Workers of ours; frames come to them as a device with a symmetric key spreads them.</summary>
    public int Workers { get; init; } = 1;

    public bool Loose { get; init; } = true;

    public bool Liberal { get; init; }

    public uint SynSent { get; init; } = 5;

    public uint SynReceived { get; init; } = 5;

    public uint Established { get; init; } = 24 * 3600;

    /// <summary>fin-wait, close-wait, last-ack, time-wait and close.</summary>
    public uint Closing { get; init; } = 10;

    public uint MaxRetrans { get; init; } = 300;

    public uint Unacked { get; init; } = 300;

    public uint Udp { get; init; } = 30;

    public uint UdpStream { get; init; } = 180;

    public uint Icmp { get; init; } = 10;

    public uint Generic { get; init; } = 600;

    public uint Seconds(int slot) => slot switch
    {
        (int)TcpState.None or (int)TcpState.SynSent or (int)TcpState.SynSent2 => SynSent,
        (int)TcpState.SynReceived => SynReceived,
        (int)TcpState.Established => Established,
        (int)TimeoutSlot.TcpMaxRetrans => MaxRetrans,
        (int)TimeoutSlot.TcpUnacked => Unacked,
        (int)TimeoutSlot.Udp => Udp,
        (int)TimeoutSlot.UdpStream => UdpStream,
        (int)TimeoutSlot.Icmp => Icmp,
        (int)TimeoutSlot.Generic => Generic,
        _ => Closing,
    };

    public TrackingParameters ToParameters()
    {
        var parameters = new TrackingParameters
        {
            MaxEntries = 4096,
            Enabled = TrackedFamilies.Both,
            Loose = Loose ? (byte)1 : (byte)0,
            Liberal = Liberal ? (byte)1 : (byte)0,
        };
        for (int slot = 0; slot < (int)TimeoutSlot.Count; slot++)
        {
            parameters.SetTimeout(slot, Seconds(slot) * Timestamp.TicksPerSecond);
        }

        foreach ((HelperKind helper, byte protocol, ushort port) in Helpers ? s_helpers : [])
        {
            _ = parameters.Helpers.TryAdd(helper, protocol, port);
        }

        parameters.Helpers.IsSipMediaDirect = 1;
        parameters.Helpers.SipTimeout = 3600 * Timestamp.TicksPerSecond;

        return parameters;
    }

    /// <summary>The same ports as in the kernel's nftables, see <see cref="Linux.KernelRouter"/>.</summary>
    static readonly (HelperKind Helper, byte Protocol, ushort Port)[] s_helpers =
    [
        (HelperKind.Ftp, IpProtocol.Tcp, 21), (HelperKind.Tftp, IpProtocol.Udp, 69), (HelperKind.Irc, IpProtocol.Tcp, 6667),
        (HelperKind.Pptp, IpProtocol.Tcp, 1723), (HelperKind.Sip, IpProtocol.Udp, 5060), (HelperKind.Sip, IpProtocol.Tcp, 5060),
        (HelperKind.H323, IpProtocol.Tcp, 1720),
    ];
}
