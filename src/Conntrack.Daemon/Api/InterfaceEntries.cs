using Conntrack.Control;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Interfaces;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;

namespace Conntrack.Daemon.Api;

/// <summary>Interfaces of every kind: what they have in common is set by the menu of each one's kind.</summary>
sealed class InterfaceEntries(RunningRouter router)
{
    static readonly string[] s_properties = ["name", "mtu", "mac-address", "arp", "disabled", "comment"];

    /// <summary>Ethernet ports that have a device or a setting, then bridges and VLANs.</summary>
    public IEnumerable<Interface> List()
    {
        RouterConfiguration configuration = router.Configuration.Current;
        return
        [
            .. configuration.Ethernets.Changed.Select(port => port.Number).Union(Enumerable.Range(0, router.Ports.Count).Select(router.Ports.NumberOf))
                .Order().Select(number => Message(configuration, new InterfaceKey(InterfaceKind.Ethernet, (ulong)number))),
            .. configuration.Bridges.Select(bridge => Message(configuration, new InterfaceKey(InterfaceKind.Bridge, bridge.Id))),
            .. configuration.Vlans.Select(vlan => Message(configuration, new InterfaceKey(InterfaceKind.Vlan, vlan.Id))),
        ];
    }

    public Interface Get(string id) => Message(router.Configuration.Current, KeyOf(router.Configuration.Current, id));

    public Interface Update(Interface? given, FieldMask? mask)
    {
        Interface message = given ?? throw Refusal.Of("interface", "nothing is given");
        InterfaceKey key = KeyOf(router.Configuration.Current, message.Id);
        string menu = key.Kind switch
        {
            InterfaceKind.Ethernet => "ethernet",
            InterfaceKind.Vlan => "vlan",
            _ => "bridge",
        };
        MenuCommand command = new MenuCommand($"/interface {menu}", "set").Word(InternalId.Format(key.Number));
        foreach (string property in Wanted(message, mask))
        {
            string name = property == "mac-address" && key.Kind == InterfaceKind.Bridge ? "admin-mac" : property;
            if (PropertyFields.Get(message, property) is { } value)
            {
                command.Add(name, value);
            }
            else
            {
                command.Unset(name);
            }
        }

        return Message(command.IsEmpty ? router.Configuration.Current : router.Configuration.Change(command), key);
    }

    static IEnumerable<string> Wanted(Interface given, FieldMask? mask)
    {
        if (mask is not { Paths.Count: > 0 } || mask.Paths is ["*"])
        {
            return s_properties.Where(property => PropertyFields.Get(given, property) is not null);
        }

        PropertyProblem[] problems =
        [
            .. mask.Paths.Where(path => !s_properties.Contains(PropertyFields.PropertyOf(path)))
                .Select(path => new PropertyProblem("update_mask", $"'{path}' is no field that can be set")),
        ];
        return problems.Length == 0 ? s_properties.Where(property => mask.Paths.Contains(PropertyFields.FieldOf(property))) : throw Refusal.Of(problems);
    }

    Interface Message(RouterConfiguration configuration, InterfaceKey key)
    {
        (InterfaceSettings settings, ArpMode arp) = key.Kind switch
        {
            InterfaceKind.Ethernet when configuration.Ethernets[(int)key.Number] is var port => (InterfaceSettings.Of(port), port.Arp),
            InterfaceKind.Vlan when configuration.Vlans.Find(key.Number) is { } vlan => (InterfaceSettings.Of(vlan), vlan.Arp),
            _ when configuration.Bridges.Find(key.Number) is { } bridge => (InterfaceSettings.Of(bridge), bridge.Arp),
            _ => throw new KeyNotFoundException($"/interface has no {InternalId.Format(key.Number)}"),
        };
        var message = new Interface
        {
            Id = InternalId.Format(key.Number),
            Name = settings.Name,
            DefaultName = key.Kind == InterfaceKind.Ethernet ? $"ether{key.Number}" : "",
            Type = settings.Type,
            Mtu = settings.Mtu is { } mtu ? $"{mtu}" : "auto",
            Arp = EthernetMenu.Properties.Find("arp")!.Text(new EthernetSettings(EthernetSettings.LeastNumber) { Arp = arp }),
            Disabled = settings.Disabled,
            Comment = settings.Comment,
        };
        if (router.InterfaceStatuses().FirstOrDefault(status => status.Key == key) is { } status)
        {
            message.Running = status.Running;
            message.Slave = status.Slave;
            message.ActualMtu = (uint)status.ActualMtu;
            message.RxPacket = status.RxPackets;
            message.RxByte = status.RxBytes;
            message.TxPacket = status.TxPackets;
            message.TxByte = status.TxBytes;
            message.TxQueueDrop = status.TxDrops;
            if (status.MacAddress is { } mac)
            {
                message.MacAddress = mac.ToString();
            }
        }

        if (key.Kind == InterfaceKind.Ethernet && router.Ports.StatusOf((int)key.Number) is { } port2)
        {
            message.Device = port2.Device;
            message.Error = port2.Error;
            message.LinkDowns = port2.LinkDowns;
        }

        return message;
    }

    static InterfaceKey KeyOf(RouterConfiguration configuration, string text)
    {
        if (!InternalId.TryParse(text, out ulong id))
        {
            throw Refusal.Of("id", $"'{text}' is no id; one is written *1a");
        }

        InterfaceKind? kind = id is >= EthernetSettings.LeastNumber and <= EthernetSettings.MostNumber ? InterfaceKind.Ethernet
            : configuration.Vlans.Find(id) is not null ? InterfaceKind.Vlan
            : configuration.Bridges.Find(id) is not null ? InterfaceKind.Bridge
            : null;
        return kind is { } found ? new InterfaceKey(found, id) : throw new KeyNotFoundException($"/interface has no {text}");
    }
}
