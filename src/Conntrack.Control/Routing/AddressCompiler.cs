using System.Net;
using Conntrack.Dataplane.Hosting.Routing;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Routing;
using Conntrack.RouterOs.Settings;
using Conntrack.RouterOs.Values;

namespace Conntrack.Control.Routing;

/// <summary>The addresses of a router, what a print shows of them, and the networks that are on its links.</summary>
sealed class AddressCompiler
{
    const int InterfaceBits = 64;

    readonly RouterConfiguration _configuration;
    readonly RouterInterfaces _interfaces;

    public AddressCompiler(RouterConfiguration configuration, RouterInterfaces interfaces)
    {
        _configuration = configuration;
        _interfaces = interfaces;
        foreach (AddressSettings address in configuration.Ipv4Addresses)
        {
            Add(address, Ipv4);
        }

        if (!configuration.Ipv6.DisableIpv6)
        {
            AddLinkLocal();
        }

        foreach (AddressSettings address in configuration.Ipv6Addresses)
        {
            Add(address, Ipv6);
        }
    }

    /// <summary>For the dataplane.</summary>
    public List<AddressSpec> Specs { get; } = [];

    public List<AddressStatus> Ipv4 { get; } = [];

    public List<AddressStatus> Ipv6 { get; } = [];

    /// <summary>Connected routes, one for each network of each interface.</summary>
    public List<RouteCandidate> Connected { get; } = [];

    void Add(AddressSettings settings, List<AddressStatus> statuses)
    {
        RouterInterface? actual = _interfaces.Named(settings.Interface) is { } port ? _interfaces.Actual(port) : null;
        bool isOff = settings.Family == RuleFamily.Ipv6 && _configuration.Ipv6.DisableIpv6;
        AddressSettings address = settings.Eui64 && actual is not null
            ? settings with { Address = settings.Address with { Address = settings.Address.First | InterfaceIdentifier(actual.Mac) } }
            : settings;
        statuses.Add(new AddressStatus(address)
        {
            ActualInterface = actual?.Name,
            Invalid = !settings.Disabled && (actual is null || isOff),
        });
        if (!settings.Disabled && !isOff && actual is { Enabled: true })
        {
            Use(address, actual);
        }
    }

    void Use(AddressSettings address, RouterInterface on)
    {
        IPAddress own = address.Address.IPAddress;
        if (Specs.Exists(other => other.Interface == on.Number && other.Address.Equals(own)))
        {
            return;
        }

        Specs.Add(new AddressSpec(on.Number, own, address.Address.Length, BroadcastOf(address)));
        if (own.IsIPv6LinkLocal || Connected.Exists(route => route.Prefix == address.OnLink && route.Via == on))
        {
            return;
        }

        Connected.Add(new RouteCandidate(
            new RouteSettings
            {
                Family = address.Family,
                DstAddress = address.OnLink,
                Gateways = [new Gateway(null, on.Name)],
                Distance = 0,
                Scope = RouteCandidate.ConnectedScope,
                PrefSrc = address.Address.Address,
            },
            on.Table)
        { Via = on });
    }

    /// <summary>Every interface speaks IPv6 on its link, by an address made from its MAC address unless the script gives it one.</summary>
    void AddLinkLocal()
    {
        if (_configuration.Ipv6.DisableLinkLocalAddress)
        {
            return;
        }

        HashSet<string> given =
        [
            .. _configuration.Ipv6Addresses.Where(address => !address.Disabled && address.Address.IPAddress.IsIPv6LinkLocal)
                .Select(address => address.Interface),
        ];
        foreach (RouterInterface port in _interfaces.All.Where(port => port.Enabled && _interfaces.Actual(port) == port && !given.Contains(port.Name)))
        {
            UInt128 network = (UInt128)0xfe80 << 112;
            Add(
                new AddressSettings
                {
                    Family = RuleFamily.Ipv6,
                    Address = new AddressPrefix(RuleFamily.Ipv6, network | InterfaceIdentifier(port.Mac), InterfaceBits),
                    Interface = port.Name,
                    Advertise = false,
                },
                Ipv6);
        }
    }

    static IPAddress? BroadcastOf(AddressSettings address) =>
        address.Family == RuleFamily.Ipv4 && (address.Broadcast is not null || (address.Network is null && address.Address.Length < 31))
            ? AddressNumber.ToIPv4(address.Broadcast ?? address.Address.Last)
            : null;

    /// <summary>The modified EUI-64 of a MAC address (RFC 4291, appendix A): FF:FE in the middle, the universal bit turned round.</summary>
    static ulong InterfaceIdentifier(MacAddress mac)
    {
        const ulong Universal = 0x02_00_00_00_00_00_00_00;
        return (((mac.Value >> 24) << 40) | 0xff_fe_00_00_00ul | (mac.Value & 0xff_ff_ff)) ^ Universal;
    }
}
