using System.Globalization;

namespace Conntrack.Live.Routers;

/// <summary>Lines of /proc/net/nf_conntrack.</summary>
/// <remarks>
/// <code>
/// ipv4 2 tcp 6 117 TIME_WAIT src=A dst=B sport=1 dport=2 packets=5 bytes=300 src=B dst=A sport=2 dport=1 packets=4 bytes=250 [ASSURED] mark=0 use=1
/// </code>
/// </remarks>
static class KernelConnections
{
    public const string File = "/proc/net/nf_conntrack";

    public static ListedConnection Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string protocol = words[2];
        bool isTcp = protocol == "tcp";

        // The first of a name is the original direction's, the second the reply's.
        ILookup<string, string> fields = words.Where(word => word.Contains('=', StringComparison.Ordinal))
            .ToLookup(word => word[..word.IndexOf('=', StringComparison.Ordinal)], word => word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return new ListedConnection
        {
            Protocol = protocol,
            Source = Address(fields["src"].First()),
            Destination = Address(fields["dst"].First()),
            SourcePort = Port(fields["sport"]),
            DestinationPort = Port(fields["dport"]),
            TcpState = isTcp ? StateName(words[5]) : "",
            SeenReply = !words.Contains("[UNREPLIED]"),
            Assured = words.Contains("[ASSURED]"),
            OriginalPackets = Count(fields["packets"].FirstOrDefault()),
            ReplyPackets = Count(fields["packets"].ElementAtOrDefault(1)),
            OriginalBytes = Count(fields["bytes"].FirstOrDefault()),
            ReplyBytes = Count(fields["bytes"].ElementAtOrDefault(1)),
            ReplySource = Address(fields["src"].ElementAt(1)),
            ReplyDestination = Address(fields["dst"].ElementAt(1)),
        };
    }

    /// <summary>A simultaneous open, SYN_SENT2, is RouterOS's syn-sent.</summary>
    static string StateName(string state) => state switch
    {
        "SYN_RECV" => "syn-received",
        "SYN_SENT2" => "syn-sent",
        _ => state.Replace('_', '-').ToLowerInvariant(),
    };

    static string Address(string text) => System.Net.IPAddress.Parse(text).ToString();

    static int? Port(IEnumerable<string> values) => values.FirstOrDefault() is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;

    static ulong Count(string? value) => value is null ? 0 : ulong.Parse(value, CultureInfo.InvariantCulture);
}
