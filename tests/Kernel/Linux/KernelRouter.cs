using System.Diagnostics;
using System.Globalization;
using Conntrack.Kernel.Comparing;
using Conntrack.Packets;

namespace Conntrack.Kernel.Linux;

/// <summary>
/// Linux between two taps, in a network namespace without a name that ends with this object and with the thread that made it. All calls
/// come from that thread.
/// </summary>
/// <remarks>
/// <code>
///   ether1  10.0.0.0/8, fd00::/16 ──┐ tap  ┌ routes or bridge, nftables, nf_conntrack ┐ tap ┌── everything else  ether2
/// </code>
/// The interfaces have no addresses, the next hops are permanent neighbours, and what the kernel would say of its own (MLD reports, ICMP
/// errors) is dropped before it is tracked.
/// </remarks>
sealed class KernelRouter : IDisposable
{
    const ushort LogGroup = 5;
    const int TimeoutSubsystem = 8;
    const int SetDefaultTimeout = 3;
    const string Netfilter = "/proc/sys/net/netfilter/nf_conntrack_";

    /// <summary>
    /// But for watch and silence the same rules stand before ours, see <see cref="Ours.OurRouter"/>. RouterOS's raw rules come before
    /// defragmentation, whose priority is -400.
    /// </summary>
    const string Rules = """
        table inet harness {
          chain raw { type filter hook prerouting priority -450;
            meta l4proto { tcp, udp } th dport 10 notrack
            meta l4proto { tcp, udp } th dport 11 drop
          }
          chain watch { type filter hook prerouting priority -150;
            ct state new log prefix "new" group 5
            ct state established log prefix "established" group 5
            ct state related log prefix "related" group 5
            ct state invalid log prefix "invalid" group 5
            ct state untracked log prefix "untracked" group 5
          }
          chain silence { type filter hook output priority -400; policy drop; }
          chain forward { type filter hook forward priority 0;
            meta l4proto { tcp, udp } th dport 9 drop
          }
        }
        """;

    /// <summary>See <see cref="Ours.OurTranslations"/>.</summary>
    const string Translations = """
        table inet translations {
          chain dstnat { type nat hook prerouting priority -100;
            iifname ether2 ip daddr 203.0.113.1 tcp dport 8080 dnat ip to 10.0.0.7:80
            iifname ether2 ip daddr 203.0.113.1 udp dport 8053 dnat ip to 10.0.0.7:53
            iifname ether2 ip6 daddr 2001:db8:77::1 tcp dport 8080 dnat ip6 to [fd00::7]:80
            iifname ether2 ip daddr 203.0.113.128/25 dnat ip prefix to 10.0.9.0/25
          }
          chain srcnat { type nat hook postrouting priority 100;
            oifname ether2 ip saddr 10.0.0.0/16 udp sport 4007 snat ip to 203.0.113.1:7000
            oifname ether2 ip saddr 10.0.0.0/16 snat ip to 203.0.113.1
            oifname ether2 ip6 saddr fd00::/16 snat ip6 to 2001:db8:77::1
          }
          chain stray { type filter hook forward priority 0;
            ip daddr 203.0.113.1 drop
          }
        }
        """;

    /// <summary>Ports as of <see cref="Setup.ToParameters"/>.</summary>
    const string Helpers = """
        table inet helpers {
          ct helper ftp { type "ftp" protocol tcp; }
          ct helper tftp { type "tftp" protocol udp; }
          ct helper irc { type "irc" protocol tcp; l3proto ip; }
          ct helper pptp { type "pptp" protocol tcp; l3proto ip; }
          ct helper sip { type "sip" protocol udp; }
          ct helper sips { type "sip" protocol tcp; }
          ct helper h323 { type "Q.931" protocol tcp; }
          chain assign { type filter hook prerouting priority -140;
            tcp dport 21 ct helper set "ftp"
            udp dport 69 ct helper set "tftp"
            ip version 4 tcp dport 6667 ct helper set "irc"
            ip version 4 tcp dport 1723 ct helper set "pptp"
            udp dport 5060 ct helper set "sip"
            tcp dport 5060 ct helper set "sips"
            tcp dport 1720 ct helper set "h323"
          }
        }
        """;

    readonly Tap[] _taps;
    readonly PacketLog _log;
    Setup? _setup;

    /// <exception cref="KernelUnavailableException">It cannot be done here; says why.</exception>
    public KernelRouter(Topology topology)
    {
        Topology = topology;
        LinuxCalls.Check(LinuxCalls.Unshare(LinuxCalls.NewNetworkNamespace), "a network namespace of its own (needs root)");

        // Before there is an interface: none may speak for itself.
        Write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        Write("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
        Write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        Write("/proc/sys/net/ipv4/ip_forward", "1");
        Write("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
        Write("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
        Write("/proc/sys/net/ipv4/conf/all/send_redirects", "0");
        Write("/proc/sys/net/ipv4/conf/default/send_redirects", "0");
        _taps = [new Tap("ether1"), new Tap("ether2")];
        Command("ip", "-batch -", topology == Topology.Router ? RouterCommands : BridgeCommands);
        if (topology == Topology.Bridge)
        {
            Write("/proc/sys/net/bridge/bridge-nf-call-iptables", "1");
            Write("/proc/sys/net/bridge/bridge-nf-call-ip6tables", "1");
            Write("/proc/sys/net/bridge/bridge-nf-filter-vlan-tagged", "1");
        }

        Command("nft", "-f -", Rules);
        Write(Netfilter + "acct", "1");
        Write(Netfilter + "timestamp", "1");
        Write(Netfilter + "checksum", "1");
        _log = new PacketLog(LogGroup);
        Connections = new ConnectionDump();
    }

    public Topology Topology { get; }

    public ConnectionDump Connections { get; }

    /// <summary>Why this kernel reads no connection's payload; null when it does.</summary>
    public string? HelperObstacle { get; private set; }

    /// <summary>Puts settings in force and ends every connection. False where the kernel has no helpers and the settings want them.</summary>
    public bool TryPrepare(Setup setup)
    {
        if (setup.Helpers && HelperObstacle != null)
        {
            return false;
        }

        if (_setup != setup)
        {
            if (setup.Helpers != (_setup?.Helpers ?? false) && !TryHelp(setup.Helpers))
            {
                return false;
            }

            if (setup.Nat != (_setup?.Nat ?? false))
            {
                Command("nft", "-f -", setup.Nat ? Translations : "delete table inet translations");
            }

            _setup = setup;
            Write(Netfilter + "tcp_loose", setup.Loose ? "1" : "0");
            Write(Netfilter + "tcp_be_liberal", setup.Liberal ? "1" : "0");
            foreach (TimeoutName timeout in TimeoutName.All)
            {
                foreach (string name in timeout.Names)
                {
                    Write(Netfilter + name, setup.Seconds(timeout.Slot).ToString(CultureInfo.InvariantCulture));
                }
            }

            SetSimultaneousOpenTimeout(setup.SynSent);
        }

        Connections.Flush();
        Discard();
        return true;
    }

    bool TryHelp(bool wanted)
    {
        try
        {
            Command("nft", "-f -", wanted ? Helpers : "delete table inet helpers");
            return true;
        }
        catch (KernelUnavailableException exception) when (wanted)
        {
            HelperObstacle = exception.Message.ReplaceLineEndings(" ");
            return false;
        }
    }

    /// <summary>One frame through the kernel, which has finished with it when this returns.</summary>
    public Outcome Forward(TestFrame frame)
    {
        bool taken = _taps[frame.Side].Write(frame.Bytes);
        IReadOnlyList<ConnectionStateOfPacket> states = _log.Read();
        List<byte[]> forwarded = [];
        while (_taps[1 - frame.Side].Read() is byte[] bytes)
        {
            forwarded.Add(bytes);
        }

        int answers = 0;
        while (_taps[frame.Side].Read() != null)
        {
            answers++;
        }

        string note = (taken ? "" : "refused by the tap ") + (answers == 0 ? "" : $"{answers} sent back ")
            + (states.Count > 1 ? $"seen {states.Count} times" : "");
        return new Outcome(states.Count == 0 ? ConnectionStateOfPacket.None : states[^1], forwarded, note.TrimEnd());
    }

    /// <summary>What is still under way is nobody's.</summary>
    void Discard()
    {
        _log.Read();
        foreach (Tap tap in _taps)
        {
            while (tap.Read() != null)
            {
            }
        }
    }

    void SetSimultaneousOpenTimeout(uint seconds)
    {
        const int Layer3 = 2, Layer4 = 3, Data = 4, SynSent2 = 9, Nested = 0x8000;
        const byte Ipv4 = 2, Tcp = 6;
        byte[] inner = [0, 8, 0, 0, 0, 0, 0, 0];
        inner[0] = 8;
        inner[1] = 0;
        inner[2] = SynSent2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(inner.AsSpan(4), seconds);
        using var socket = new NetlinkSocket(0);
        socket.Ask(
            new NetlinkMessage(TimeoutSubsystem, SetDefaultTimeout, NetlinkMessage.Acknowledge)
                .Add(Layer3, 0, Ipv4).Add(Layer4, Tcp).Add(Data | Nested, inner),
            "timeout of a simultaneous open");
    }

    const string RouterCommands = """
        link set lo up
        link set ether1 address 02:00:00:00:00:01
        link set ether2 address 02:00:00:00:00:01
        link set ether1 up
        link set ether2 up
        route add 10.0.0.0/8 via 192.168.255.1 dev ether1 onlink
        route add default via 192.168.255.2 dev ether2 onlink
        neigh add 192.168.255.1 lladdr 02:00:00:00:00:0a dev ether1 nud permanent
        neigh add 192.168.255.2 lladdr 02:00:00:00:00:0b dev ether2 nud permanent
        route add fd00::/16 via fe80::a dev ether1 onlink
        route add default via fe80::b dev ether2 onlink
        neigh add fe80::a lladdr 02:00:00:00:00:0a dev ether1 nud permanent
        neigh add fe80::b lladdr 02:00:00:00:00:0b dev ether2 nud permanent
        """;

    const string BridgeCommands = """
        link set lo up
        link add wire type bridge mcast_snooping 0 stp_state 0
        link set wire address 02:00:00:00:00:77
        link set ether1 master wire
        link set ether2 master wire
        link set ether1 type bridge_slave learning off
        link set ether2 type bridge_slave learning off
        link set ether1 up
        link set ether2 up
        link set wire up
        """;

    static void Write(string file, string value)
    {
        try
        {
            File.WriteAllText(file, value);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KernelUnavailableException($"{file}: {exception.Message}");
        }
    }

    /// <summary>A child process is born into the namespace of the thread that starts it.</summary>
    static void Command(string program, string arguments, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new KernelUnavailableException($"{program} {arguments}: {error.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new KernelUnavailableException($"{program}: {exception.Message}");
        }
    }

    public void Dispose()
    {
        Connections.Dispose();
        _log.Dispose();
        foreach (Tap tap in _taps)
        {
            tap.Dispose();
        }
    }
}
