using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Firewall.Lists;

/// <summary>One of the helpers of <c>/ip firewall service-port</c>. They are always there; only some have ports to choose.</summary>
public sealed record ServicePortSettings : ConfigurationEntry
{
    public required string Name { get; init; }

    /// <summary>Ports that the helper listens at; none where it has no choice.</summary>
    public ValueList<ushort> Ports { get; init; }

    /// <summary>Of sip: whether media flow between the two ends without a detour. Null for other helpers.</summary>
    public bool? SipDirectMedia { get; init; }

    /// <summary>Of sip: how long a call without packets stays. Null for other helpers.</summary>
    public TimeSpan? SipTimeout { get; init; }

    /// <summary>As RouterOS 7 ships them, in its order.</summary>
    public static EntryList<ServicePortSettings> Defaults { get; } = new ServicePortSettings[]
    {
        new() { Name = "ftp", Ports = [21] },
        new() { Name = "tftp", Ports = [69] },
        new() { Name = "irc", Ports = [6667], Disabled = true },
        new() { Name = "h323" },
        new() { Name = "sip", Ports = [5060, 5061], SipDirectMedia = true, SipTimeout = TimeSpan.FromHours(1) },
        new() { Name = "pptp" },
        new() { Name = "rtsp", Ports = [554], Disabled = true },
        new() { Name = "udplite" },
        new() { Name = "dccp" },
        new() { Name = "sctp" },
    }.Aggregate(EntryList<ServicePortSettings>.Empty, static (list, helper) => list.Add(helper));
}
