using Conntrack.Control;
using Conntrack.RouterOs.Connections;
using Entry = Conntrack.RouterOs.Connections.Connection;
using Message = Conntrack.V1.Connection;

namespace Conntrack.Daemon.Api;

/// <summary>From an entry of the connection list to its message: the words and numbers that replay writes.</summary>
static class ConnectionMessages
{
    static readonly Dictionary<string, Action<Message, string>> s_words = new()
    {
        ["protocol"] = static (message, text) => message.Protocol = text,
        ["src-address"] = static (message, text) => message.SrcAddress = text,
        ["dst-address"] = static (message, text) => message.DstAddress = text,
        ["reply-src-address"] = static (message, text) => message.ReplySrcAddress = text,
        ["reply-dst-address"] = static (message, text) => message.ReplyDstAddress = text,
        ["tcp-state"] = static (message, text) => message.TcpState = text,
        ["gre-protocol"] = static (message, text) => message.GreProtocol = text,
        ["connection-type"] = static (message, text) => message.ConnectionType = text,
        ["timeout"] = static (message, text) => message.Timeout = text,
        ["connection-mark"] = static (message, text) => message.ConnectionMark = text,
    };

    static readonly Dictionary<string, Action<Message, ulong>> s_numbers = new()
    {
        ["src-port"] = static (message, number) => message.SrcPort = (uint)number,
        ["dst-port"] = static (message, number) => message.DstPort = (uint)number,
        ["reply-src-port"] = static (message, number) => message.ReplySrcPort = (uint)number,
        ["reply-dst-port"] = static (message, number) => message.ReplyDstPort = (uint)number,
        ["icmp-type"] = static (message, number) => message.IcmpType = (uint)number,
        ["icmp-code"] = static (message, number) => message.IcmpCode = (uint)number,
        ["icmp-id"] = static (message, number) => message.IcmpId = (uint)number,
        ["gre-version"] = static (message, number) => message.GreVersion = (uint)number,
        ["gre-key"] = static (message, number) => message.GreKey = (uint)number,
        ["orig-packets"] = static (message, number) => message.OrigPackets = number,
        ["orig-bytes"] = static (message, number) => message.OrigBytes = number,
        ["orig-fasttrack-packets"] = static (message, number) => message.OrigFasttrackPackets = number,
        ["orig-fasttrack-bytes"] = static (message, number) => message.OrigFasttrackBytes = number,
        ["repl-packets"] = static (message, number) => message.ReplPackets = number,
        ["repl-bytes"] = static (message, number) => message.ReplBytes = number,
        ["repl-fasttrack-packets"] = static (message, number) => message.ReplFasttrackPackets = number,
        ["repl-fasttrack-bytes"] = static (message, number) => message.ReplFasttrackBytes = number,
        ["orig-rate"] = static (message, number) => message.OrigRate = number,
        ["repl-rate"] = static (message, number) => message.ReplRate = number,
    };

    // A property that has no field fails here, at start, and not by being left out of every answer.
    static readonly (ConnectionProperty Property, Action<Message, string> Set)[] s_wordFields =
        [.. ConnectionProperty.All.Where(property => !property.IsNumeric).Select(property => (property, s_words[property.Name]))];

    static readonly (ConnectionProperty Property, Action<Message, ulong> Set)[] s_numberFields =
        [.. ConnectionProperty.All.Where(property => property.IsNumeric).Select(property => (property, s_numbers[property.Name]))];

    public static Message Of(Entry connection)
    {
        var message = new Message
        {
            Id = InternalId.Format(connection.Id),
            Expected = connection.Has(ConnectionFlags.Expected),
            SeenReply = connection.Has(ConnectionFlags.SeenReply),
            Assured = connection.Has(ConnectionFlags.Assured),
            Confirmed = connection.Has(ConnectionFlags.Confirmed),
            Dying = connection.Has(ConnectionFlags.Dying),
            Fasttrack = connection.Has(ConnectionFlags.FastTrack),
            HwOffload = connection.Has(ConnectionFlags.HwOffload),
            Srcnat = connection.Has(ConnectionFlags.SrcNat),
            Dstnat = connection.Has(ConnectionFlags.DstNat),
        };
        foreach ((ConnectionProperty property, Action<Message, string> set) in s_wordFields)
        {
            set(message, property.Text(connection));
        }

        foreach ((ConnectionProperty property, Action<Message, ulong> set) in s_numberFields)
        {
            if (property.Value(connection) is { } number)
            {
                set(message, number);
            }
        }

        return message;
    }
}
