using Conntrack.Control.Host;

namespace Conntrack.Control.Tests.Host;

public sealed class KernelSilenceTests
{
    readonly List<string> _scripts = [];
    readonly List<string> _warnings = [];
    readonly HashSet<string> _hosts = [];
    string _complaint = "";

    [Fact]
    public void What_packet_sockets_hear_stays_from_the_kernel()
    {
        KernelSilence silence = New();
        silence.Follow(["eth1", "eth0"]);
        silence.Follow(["eth0", "eth1"]);
        Assert.Equal(
            """
            add table netdev ctrack-ct_host.replace
            delete table netdev ctrack-ct_host.replace
            table netdev ctrack-ct_host.replace {
              chain port0 { type filter hook ingress device "eth0" priority 0; policy drop; }
              chain port1 { type filter hook ingress device "eth1" priority 0; policy drop; }
            }

            """.ReplaceLineEndings("\n").Replace(".replace", "", StringComparison.Ordinal),
            Assert.Single(_scripts));
    }

    [Fact]
    public void It_ends_with_the_router_and_with_its_ports()
    {
        KernelSilence silence = New();
        silence.Follow([]);
        Assert.Empty(_scripts);
        silence.Follow(["eth0"]);
        silence.Follow([]);
        silence.Follow(["eth0"]);
        silence.Dispose();
        Assert.Equal([true, false, true, false], _scripts.Select(script => script.Contains("policy drop", StringComparison.Ordinal)));
        Assert.All(_scripts, script => Assert.StartsWith("add table netdev ctrack-ct_host\ndelete table", script, StringComparison.Ordinal));
    }

    [Fact]
    public void Whoever_is_connected_by_an_interface_of_the_host_is_not_cut_off()
    {
        _hosts.Add("eth0");
        KernelSilence silence = New();
        silence.Follow(["eth0", "eth1"]);
        silence.Follow(["eth0", "eth1"]);
        Assert.Contains("eth0: has addresses of the host", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", Assert.Single(_scripts), StringComparison.Ordinal);
        _hosts.Clear();
        silence.Follow(["eth0", "eth1"]);
        Assert.Contains("\"eth0\"", _scripts[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_host_refuses_is_told_once_and_tried_again()
    {
        _complaint = "nft: No such file or directory";
        KernelSilence silence = New();
        silence.Follow(["eth0"]);
        silence.Follow(["eth0"]);
        Assert.Equal(2, _scripts.Count);
        Assert.EndsWith(_complaint, Assert.Single(_warnings), StringComparison.Ordinal);
    }

    KernelSilence New() => new("ct.host", Change, _hosts.Contains, _warnings.Add);

    string Change(string script)
    {
        _scripts.Add(script);
        return _complaint;
    }
}
