using System.Globalization;

namespace Conntrack.RouterOs.Connections;

/// <summary>
/// IP protocol numbers by RouterOS's names: the values its manual lists for the <c>protocol</c> matcher. A number without a name there
/// (HIP, 139, which the default configuration names by number) stays a number.
/// </summary>
public static class IpProtocol
{
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte Gre = 47;
    public const byte IcmpV6 = 58;
    public const byte Sctp = 132;
    public const byte UdpLite = 136;

    static readonly (byte Number, string Name)[] s_names =
    [
        (Icmp, "icmp"), (2, "igmp"), (3, "ggp"), (4, "ipencap"), (5, "st"), (Tcp, "tcp"), (8, "egp"), (12, "pup"), (Udp, "udp"),
        (20, "hmp"), (22, "xns-idp"), (27, "rdp"), (29, "iso-tp4"), (Dccp, "dccp"), (36, "xtp"), (37, "ddp"), (38, "idpr-cmtp"),
        (41, "ipv6-encap"), (43, "ipv6-route"), (44, "ipv6-frag"), (46, "rsvp"), (Gre, "gre"), (50, "ipsec-esp"), (51, "ipsec-ah"),
        (IcmpV6, "icmpv6"), (59, "ipv6-nonxt"), (60, "ipv6-opts"), (73, "rspf"), (81, "vmtp"), (89, "ospf"), (94, "ipip"),
        (97, "etherip"), (98, "encap"), (103, "pim"), (112, "vrrp"), (115, "l2tp"), (Sctp, "sctp"), (UdpLite, "udp-lite"),
    ];

    // The last ones are other RouterOS versions': read, never written.
    static readonly (byte Number, string Name)[] s_spellings = [.. s_names, (4, "ip-encap"), (41, "ipv6")];

    static readonly string[] s_words = BuildWords();

    /// <summary>Every name that is written, by number.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_names.Select(static entry => entry.Name)];

    /// <summary>RouterOS's name, else the number as text.</summary>
    public static string Word(byte protocol) => s_words[protocol];

    /// <summary>Reads a name of the table or a number from 0 to 255.</summary>
    public static bool TryParse(ReadOnlySpan<char> word, out byte protocol)
    {
        foreach ((byte number, string name) in s_spellings)
        {
            if (word.SequenceEqual(name))
            {
                protocol = number;
                return true;
            }
        }

        return byte.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out protocol);
    }

    /// <summary>True where the first four bytes behind the IP header are a source and a destination port.</summary>
    public static bool HasPorts(byte protocol) => protocol is Tcp or Udp or Dccp or Sctp or UdpLite;

    static string[] BuildWords()
    {
        var words = new string[256];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = i.ToString(CultureInfo.InvariantCulture);
        }

        foreach ((byte number, string name) in s_names)
        {
            words[number] = name;
        }

        return words;
    }
}
