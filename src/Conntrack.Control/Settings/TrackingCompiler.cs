using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Firewall.Lists;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;
using Conntrack.Tracking.Helpers;

namespace Conntrack.Control.Settings;

/// <summary>From <c>/ip firewall connection tracking</c> to the parameters that workers read.</summary>
public static class TrackingCompiler
{
    /// <summary>RouterOS's cap of max-entries; a script may set more.</summary>
    const uint RouterOsMaxEntries = 1_048_576;

    /// <summary>Share of the machine's memory that connections may fill unless told otherwise: a sixteenth.</summary>
    const long MemoryShare = 16;

    /// <summary>An IPv6 connection with two index entries, its deadline and eviction class.</summary>
    const long BytesPerEntry = 240;

    /// <summary>Everything of a configuration that tracking goes by.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="automatic">As of the other.</param>
    public static TrackingParameters Compile(RouterConfiguration configuration, TrackedFamilies automatic)
    {
        TrackingParameters parameters = Compile(configuration.Tracking, automatic);
        parameters.Helpers = Helpers(configuration.ServicePorts);
        return parameters;
    }

    /// <summary>Compiles settings that were validated when they were read.</summary>
    /// <param name="settings">What the configuration says.</param>
    /// <param name="automatic">Where nothing or <c>auto</c> is set: the families that this use of the dataplane tracks.</param>
    public static TrackingParameters Compile(TrackingSettings settings, TrackedFamilies automatic)
    {
        var parameters = new TrackingParameters
        {
            MaxEntries = settings.MaxEntries is int entries ? (uint)entries : DefaultMaxEntries(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            Enabled = settings.Enabled switch
            {
                TrackingMode.Yes => TrackedFamilies.Both,
                TrackingMode.No => TrackedFamilies.None,
                _ => automatic,
            },
            Loose = settings.LooseTcpTracking ? (byte)1 : (byte)0,
            Liberal = settings.LiberalTcpTracking ? (byte)1 : (byte)0,
        };
        parameters.SetTimeout((int)TcpState.None, Ticks(settings.TcpSynSentTimeout));
        parameters.SetTimeout((int)TcpState.SynSent, Ticks(settings.TcpSynSentTimeout));
        parameters.SetTimeout((int)TcpState.SynReceived, Ticks(settings.TcpSynReceivedTimeout));
        parameters.SetTimeout((int)TcpState.Established, Ticks(settings.TcpEstablishedTimeout));
        parameters.SetTimeout((int)TcpState.FinWait, Ticks(settings.TcpFinWaitTimeout));
        parameters.SetTimeout((int)TcpState.CloseWait, Ticks(settings.TcpCloseWaitTimeout));
        parameters.SetTimeout((int)TcpState.LastAck, Ticks(settings.TcpLastAckTimeout));
        parameters.SetTimeout((int)TcpState.TimeWait, Ticks(settings.TcpTimeWaitTimeout));
        parameters.SetTimeout((int)TcpState.Close, Ticks(settings.TcpCloseTimeout));
        parameters.SetTimeout((int)TcpState.SynSent2, Ticks(settings.TcpSynSentTimeout));
        parameters.SetTimeout((int)TimeoutSlot.TcpMaxRetrans, Ticks(settings.TcpMaxRetransTimeout));
        parameters.SetTimeout((int)TimeoutSlot.TcpUnacked, Ticks(settings.TcpUnackedTimeout));
        parameters.SetTimeout((int)TimeoutSlot.Udp, Ticks(settings.UdpTimeout));
        parameters.SetTimeout((int)TimeoutSlot.UdpStream, Ticks(settings.UdpStreamTimeout));
        parameters.SetTimeout((int)TimeoutSlot.Icmp, Ticks(settings.IcmpTimeout));
        parameters.SetTimeout((int)TimeoutSlot.Generic, Ticks(settings.GenericTimeout));
        return parameters;
    }

    /// <summary>From <c>/ip firewall service-port</c>: the ports of every helper that is on and reads anything.</summary>
    public static HelperPorts Helpers(EntryList<ServicePortSettings> services)
    {
        HelperPorts ports = default;
        foreach (ServicePortSettings service in services)
        {
            if (service.Disabled)
            {
                continue;
            }

            (HelperKind helper, byte[] protocols, ushort[] own) = service.Name switch
            {
                "ftp" => (HelperKind.Ftp, s_tcp, []),
                "tftp" => (HelperKind.Tftp, s_udp, []),
                "irc" => (HelperKind.Irc, s_tcp, []),
                "h323" => (HelperKind.H323, s_tcp, [SignallingPort]),
                "sip" => (HelperKind.Sip, s_both, []),
                "pptp" => (HelperKind.Pptp, s_tcp, [PptpPort]),
                _ => (HelperKind.None, (byte[])[], (ushort[])[]),
            };
            if (service.SipTimeout is TimeSpan timeout)
            {
                ports.SipTimeout = Ticks(timeout);
                ports.IsSipMediaDirect = service.SipDirectMedia == true ? (byte)1 : (byte)0;
            }

            foreach (byte protocol in protocols)
            {
                foreach (ushort port in service.Ports.Concat(own))
                {
                    // The grammar allows eight for each, which there is room for.
                    _ = ports.TryAdd(helper, protocol, port);
                }
            }
        }

        return ports;
    }

    /// <summary>RouterOS's auto: a family is tracked from its first rule on that needs connections.</summary>
    public static TrackedFamilies FamiliesWithRules(FirewallRules rules) =>
        (rules.NeedTracking(RuleFamily.Ipv4) ? TrackedFamilies.Ipv4 : TrackedFamilies.None)
        | (rules.NeedTracking(RuleFamily.Ipv6) ? TrackedFamilies.Ipv6 : TrackedFamilies.None);

    /// <summary>max-entries of a machine with this much memory.</summary>
    public static uint DefaultMaxEntries(long memoryBytes) => (uint)Math.Clamp(memoryBytes / MemoryShare / BytesPerEntry, 1024, RouterOsMaxEntries);

    /// <summary>RFC 2637 3.1.2.</summary>
    const ushort PptpPort = 1723;

    /// <summary>H.225.0 annex: call signalling.</summary>
    const ushort SignallingPort = 1720;

    static readonly byte[] s_tcp = [IpProtocol.Tcp], s_udp = [IpProtocol.Udp], s_both = [IpProtocol.Tcp, IpProtocol.Udp];

    static uint Ticks(TimeSpan timeout) => (uint)(timeout.Ticks / (TimeSpan.TicksPerSecond / Timestamp.TicksPerSecond));
}
