namespace Conntrack.RouterOs.Settings;

/// <summary>Whether connections are tracked.</summary>
public enum TrackingMode
{
    /// <summary>From the first firewall rule on that is there.</summary>
    Auto,
    Yes,
    No,
}

/// <summary>
/// <c>/ip firewall connection tracking</c>; one set of settings governs IPv4 and IPv6. Defaults are those of RouterOS 7's manual,
/// "Connection tracking", unless a property names another source. All times lie between <see cref="LeastTimeout"/> and
/// <see cref="MostTimeout"/> in steps of <see cref="TimeoutStep"/>; scripts are held to that where they are read.
/// </summary>
public sealed record TrackingSettings
{
    public const int MostEntries = 1 << 28;

    public static readonly TimeSpan LeastTimeout = TimeSpan.Zero;

    /// <summary>20 weeks: deadlines are 32-bit counts of <see cref="TimeoutStep"/>, and half their range (35 weeks) lies ahead.</summary>
    public static readonly TimeSpan MostTimeout = TimeSpan.FromDays(20 * 7);

    /// <summary>The dataplane's tick.</summary>
    public static readonly TimeSpan TimeoutStep = TimeSpan.FromMilliseconds(10);

    public static TrackingSettings Default { get; } = new();

    /// <summary>
    /// Null when no script has said, which is not the same as <see cref="TrackingMode.Auto"/>: a router then follows RouterOS (auto), a
    /// replay tracks.
    /// </summary>
    public TrackingMode? Enabled { get; init; }

    /// <summary>yes: a SYN,ACK or ACK without the handshake before it may begin a connection; no: it is invalid.</summary>
    public bool LooseTcpTracking { get; init; } = true;

    /// <summary>no: segments outside the window are invalid; yes: only such an RST is (Linux nf_conntrack_tcp_be_liberal).</summary>
    public bool LiberalTcpTracking { get; init; }

    /// <summary>SYN seen, no answer: 5 s.</summary>
    public TimeSpan TcpSynSentTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>SYN and SYN,ACK seen, no ACK: 5 s.</summary>
    public TimeSpan TcpSynReceivedTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Established and idle: 1 d.</summary>
    public TimeSpan TcpEstablishedTimeout { get; init; } = TimeSpan.FromDays(1);

    /// <summary>One side has closed, its FIN not yet acknowledged: 10 s.</summary>
    public TimeSpan TcpFinWaitTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>One side has closed, its FIN acknowledged: 10 s.</summary>
    public TimeSpan TcpCloseWaitTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Both sides have closed, the last acknowledgment is missing: 10 s.</summary>
    public TimeSpan TcpLastAckTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Closed by both sides: 10 s.</summary>
    public TimeSpan TcpTimeWaitTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reset: 10 s.</summary>
    public TimeSpan TcpCloseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Three or more retransmissions or a zero window: 5 m. The manual gives no default; verbose exports show it.</summary>
    public TimeSpan TcpMaxRetransTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Established with data unacknowledged: 5 m. The manual gives no default; verbose exports show it.</summary>
    public TimeSpan TcpUnackedTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>UDP seen in one direction: 30 s (10 s in RouterOS 6).</summary>
    public TimeSpan UdpTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>UDP seen in both directions: 3 m.</summary>
    public TimeSpan UdpStreamTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>ICMP and ICMPv6: 10 s.</summary>
    public TimeSpan IcmpTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Every other protocol: 10 m.</summary>
    public TimeSpan GenericTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Connections the table may grow to, 1 to <see cref="MostEntries"/>. Null derives it from the installed RAM with RouterOS's cap of
    /// 1,048,576; RouterOS only shows the number, setting it is an extension.
    /// </summary>
    public int? MaxEntries { get; init; }
}
