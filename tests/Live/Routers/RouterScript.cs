using System.Text;
using Conntrack.Live.Bed;

namespace Conntrack.Live.Routers;

/// <summary>The RouterOS script a site's router starts with: the same policy as <see cref="KernelRouter"/>'s.</summary>
static class RouterScript
{
    const string Filter = """
        add chain=forward action=accept connection-state=established,related,untracked
        add chain=forward action=drop connection-state=invalid
        add chain=forward action=drop protocol=tcp dst-port=4444
        add chain=forward action=accept connection-state=new
        add chain=input action=accept connection-state=established,related,untracked
        add chain=input action=drop connection-state=invalid
        add chain=input action=drop protocol=tcp dst-port=8082

        """;

    const string FastTrack = "add chain=forward action=fasttrack-connection connection-state=established,related\n";

    /// <summary>RouterOS's default configuration in short, and one port forwarded to the client.</summary>
    const string Home = """
        /interface list
        add name=WAN
        add name=LAN
        /interface list member
        add interface=bridge list=LAN
        add interface=ether2 list=WAN
        /ip firewall filter
        add chain=input action=accept connection-state=established,related,untracked
        add chain=input action=drop connection-state=invalid
        add chain=input action=accept protocol=icmp
        add chain=input action=drop in-interface-list=!LAN
        add chain=forward action=accept ipsec-policy=in,ipsec
        add chain=forward action=accept ipsec-policy=out,ipsec
        add chain=forward action=fasttrack-connection connection-state=established,related
        add chain=forward action=accept connection-state=established,related,untracked
        add chain=forward action=drop connection-state=invalid
        add chain=forward action=drop connection-state=new connection-nat-state=!dstnat in-interface-list=WAN
        /ip firewall nat
        add chain=srcnat action=masquerade ipsec-policy=out,none out-interface-list=WAN
        add chain=dstnat action=dst-nat in-interface-list=WAN protocol=tcp dst-port=8080 to-addresses=192.168.88.2
        /ipv6 firewall address-list
        add list=bad_ipv6 address=::/96
        add list=bad_ipv6 address=2001:db8::/32
        /ipv6 firewall filter
        add chain=input action=accept connection-state=established,related,untracked
        add chain=input action=drop connection-state=invalid
        add chain=input action=accept protocol=icmpv6
        add chain=input action=accept protocol=udp dst-port=33434-33534
        add chain=input action=drop in-interface-list=!LAN
        add chain=forward action=fasttrack-connection connection-state=established,related
        add chain=forward action=accept connection-state=established,related,untracked
        add chain=forward action=drop connection-state=invalid
        add chain=forward action=drop src-address-list=bad_ipv6
        add chain=forward action=drop dst-address-list=bad_ipv6
        add chain=forward action=drop protocol=icmpv6 hop-limit=equal:1
        add chain=forward action=accept protocol=icmpv6
        add chain=forward action=drop in-interface-list=!LAN

        """;

    public static string For(Site site)
    {
        var script = new StringBuilder();
        if (site.Layout.IsHome)
        {
            script.Append("/interface bridge add name=bridge\n/interface bridge port add bridge=bridge interface=ether1\n");
            AppendInterfaces(script, site);
            return script.Append(Home).ToString();
        }

        AppendInterfaces(script, site);
        string rules = (site.Layout.IsFastTracked ? FastTrack : "") + Filter;
        return script.Append("/ip firewall filter\n").Append(rules).Append("/ipv6 firewall filter\n").Append(rules).ToString();
    }

    static void AppendInterfaces(StringBuilder script, Site site)
    {
        foreach (InterfacePlan at in site.Plan.Interfaces)
        {
            if (at.Vlan != 0)
            {
                script.Append($"/interface vlan add name={at.Name} vlan-id={at.Vlan} interface={at.PortName}\n");
            }

            if (at.Mtu != AddressPlan.Ordinary)
            {
                script.Append($"/interface ethernet set [ find default-name={at.PortName} ] mtu={at.Mtu}\n");
            }

            string name = site.Layout.IsHome && at.Port == 1 ? "bridge" : at.Name;
            script.Append($"/ip address add address={at.Address4}/24 interface={name}\n");
            script.Append($"/ipv6 address add address={at.Address6}/64 interface={name} advertise=no\n");
        }

        if (site.Layout.IsNarrowBeyond && site.Plan.Interfaces.Count > 0)
        {
            HostPlan narrow = site.Plan.Hosts[1];
            script.Append($"/ip route add dst-address={AddressPlan.BeyondNetwork4} gateway={narrow.Address4}\n");
            script.Append($"/ipv6 route add dst-address={AddressPlan.BeyondNetwork6} gateway={narrow.Address6}\n");
        }
    }
}
