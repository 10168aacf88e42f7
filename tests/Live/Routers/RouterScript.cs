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

    public static string For(Site site)
    {
        var script = new StringBuilder();
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

            script.Append($"/ip address add address={at.Address4}/24 interface={at.Name}\n");
            script.Append($"/ipv6 address add address={at.Address6}/64 interface={at.Name} advertise=no\n");
        }

        if (site.Layout.IsNarrowBeyond && site.Plan.Interfaces.Count > 0)
        {
            HostPlan narrow = site.Plan.Hosts[1];
            script.Append($"/ip route add dst-address={AddressPlan.BeyondNetwork4} gateway={narrow.Address4}\n");
            script.Append($"/ipv6 route add dst-address={AddressPlan.BeyondNetwork6} gateway={narrow.Address6}\n");
        }
    }
}
