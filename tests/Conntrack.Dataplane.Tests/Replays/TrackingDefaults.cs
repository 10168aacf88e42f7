using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Dataplane.Tests.Replays;

/// <summary>RouterOS's defaults of <c>/ip firewall connection tracking</c>, in seconds.</summary>
static class TrackingDefaults
{
    /// <summary>Enough for every test, and small enough that its memory is made in no time.</summary>
    public const uint MaxEntries = 2048;

    const uint Day = 24 * 3600;

    static readonly (int Slot, uint Seconds)[] s_timeouts =
    [
        ((int)TcpState.None, 5), ((int)TcpState.SynSent, 5), ((int)TcpState.SynReceived, 5), ((int)TcpState.Established, Day),
        ((int)TcpState.FinWait, 10), ((int)TcpState.CloseWait, 10), ((int)TcpState.LastAck, 10), ((int)TcpState.TimeWait, 10),
        ((int)TcpState.Close, 10), ((int)TcpState.SynSent2, 5), ((int)TimeoutSlot.TcpMaxRetrans, 300), ((int)TimeoutSlot.TcpUnacked, 300),
        ((int)TimeoutSlot.Udp, 30), ((int)TimeoutSlot.UdpStream, 180), ((int)TimeoutSlot.Icmp, 10), ((int)TimeoutSlot.Generic, 600),
    ];

    public static TrackingParameters Parameters(uint maxEntries = MaxEntries, bool loose = true, bool liberal = false)
    {
        var parameters = new TrackingParameters
        {
            MaxEntries = maxEntries,
            Enabled = TrackedFamilies.Both,
            Loose = loose ? (byte)1 : (byte)0,
            Liberal = liberal ? (byte)1 : (byte)0,
        };
        foreach ((int slot, uint seconds) in s_timeouts)
        {
            parameters.SetTimeout(slot, seconds * Timestamp.TicksPerSecond);
        }

        _ = parameters.Helpers.TryAdd(HelperKind.Ftp, IpProtocol.Tcp, 21);
        _ = parameters.Helpers.TryAdd(HelperKind.Tftp, IpProtocol.Udp, 69);
        _ = parameters.Helpers.TryAdd(HelperKind.Irc, IpProtocol.Tcp, 6667);
        _ = parameters.Helpers.TryAdd(HelperKind.Pptp, IpProtocol.Tcp, 1723);
        _ = parameters.Helpers.TryAdd(HelperKind.Sip, IpProtocol.Udp, 5060);
        _ = parameters.Helpers.TryAdd(HelperKind.Sip, IpProtocol.Tcp, 5060);
        _ = parameters.Helpers.TryAdd(HelperKind.H323, IpProtocol.Tcp, 1720);
        parameters.Helpers.IsSipMediaDirect = 1;
        parameters.Helpers.SipTimeout = 3600 * 100;
        return parameters;
    }
}
