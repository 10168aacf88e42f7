using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Conntrack.Firewall;
using Conntrack.Packets;

namespace Conntrack.Control.Firewall;

/// <summary>
/// What RouterOS's log says of a packet: <c>forward: in:ether1 out:ether2, connection-state:new src-mac 02:…, proto TCP (SYN),
/// 10.0.0.2:1000->10.0.0.3:80, len 60</c>, behind the rule's log-prefix.
/// </summary>
static class LoggedPacket
{
    /// <summary>What RouterOS writes where there is no interface.</summary>
    const string NoInterface = "(unknown 0)";

    static readonly string[] s_states = ["", "new", "established", "related", "invalid", "untracked"];

    /// <summary>In the order RouterOS writes them in: what opens and what answers comes first.</summary>
    static readonly (int Bit, string Word)[] s_flags =
    [
        (0x02, "SYN"), (0x10, "ACK"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x20, "URG"), (0x40, "ECE"), (0x80, "CWR"),
    ];

    /// <summary>The line.</summary>
    /// <param name="record">As a worker wrote it.</param>
    /// <param name="names">Of chains and prefixes.</param>
    /// <param name="interfaceName">Of an interface's number; null for one that is gone.</param>
    public static string Line(in RuleLogRecord record, RuleNames names, Func<ushort, string?> interfaceName)
    {
        StringBuilder line = new();
        string prefix = names.PrefixOf(record.Prefix);
        if (prefix.Length > 0)
        {
            line.Append(Printable(prefix)).Append(' ');
        }

        line.Append(names.NameOf(RuleTrace.Parts(record.Rule).Chain))
            .Append(": in:").Append(interfaceName(record.InInterface) ?? NoInterface)
            .Append(" out:").Append(interfaceName(record.OutInterface) ?? NoInterface).Append(',');
        if (record.State != ConnectionStateOfPacket.None)
        {
            line.Append(" connection-state:").Append(s_states[(int)record.State])
                .Append((record.NatState & RuleNatStates.SrcNat) != 0 ? ",snat" : "")
                .Append((record.NatState & RuleNatStates.DstNat) != 0 ? ",dnat" : "");
        }

        AppendMac(line, record);
        AppendProtocol(line, record);
        AppendEndpoint(line.Append(", "), record, isSource: true);
        AppendEndpoint(line.Append("->"), record, isSource: false);
        return line.Append(CultureInfo.InvariantCulture, $", len {record.Length}").ToString();
    }

    static void AppendMac(StringBuilder line, in RuleLogRecord record)
    {
        ReadOnlySpan<byte> mac = record.MacBytes;
        if (mac.ContainsAnyExcept((byte)0))
        {
            line.Append(" src-mac ").AppendJoin(':', mac.ToArray().Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
        }

        if (line[^1] != ',')
        {
            line.Append(',');
        }
    }

    static void AppendProtocol(StringBuilder line, in RuleLogRecord record)
    {
        line.Append(" proto ");
        (int type, int code) = ((int)(record.Ports >> 16) & 0xff, (int)(record.Ports >> 24));
        switch (record.Protocol)
        {
            case IpProtocol.Tcp:
                int flags = record.TcpFlags;
                line.Append("TCP (").AppendJoin(',', s_flags.Where(flag => (flags & flag.Bit) != 0).Select(flag => flag.Word)).Append(')');
                break;
            case IpProtocol.Udp:
                line.Append("UDP");
                break;
            case IpProtocol.Icmp:
                line.Append(CultureInfo.InvariantCulture, $"ICMP (type {type}, code {code})");
                break;
            case IpProtocol.Icmpv6:
                line.Append(CultureInfo.InvariantCulture, $"ICMPv6 (type {type}, code {code})");
                break;
            default:
                line.Append(record.Protocol);
                break;
        }
    }

    static void AppendEndpoint(StringBuilder line, in RuleLogRecord record, bool isSource)
    {
        bool isIpv6 = record.Family == PacketFamily.Ipv6;
        ReadOnlySpan<byte> address = record.AddressBytes.Slice(isSource ? 0 : 16, isIpv6 ? 16 : 4);
        bool hasPorts = record.Ports != 0 && record.Protocol is not (IpProtocol.Icmp or IpProtocol.Icmpv6);
        string text = new IPAddress(address).ToString();
        line.Append(isIpv6 && hasPorts ? $"[{text}]" : text);
        if (hasPorts)
        {
            uint ports = record.Ports;
            ushort port = MemoryMarshal.Cast<uint, ushort>(new ReadOnlySpan<uint>(in ports))[isSource ? 0 : 1];
            line.Append(':').Append(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(port));
        }
    }

    /// <summary>A prefix must not end the line, or speak to a terminal.</summary>
    static string Printable(string prefix) => string.Concat(prefix.Select(letter => char.IsControl(letter) ? '.' : letter));
}
