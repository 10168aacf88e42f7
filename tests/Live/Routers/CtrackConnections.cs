using System.Globalization;
using Conntrack.V1;

namespace Conntrack.Live.Routers;

/// <summary>Connections as the router's API lists them.</summary>
static class CtrackConnections
{
    public static ListedConnection Of(Connection connection)
    {
        (string source, int? sourcePort) = Endpoint(connection.SrcAddress, connection.HasSrcPort ? connection.SrcPort : null);
        (string destination, int? destinationPort) = Endpoint(connection.DstAddress, connection.HasDstPort ? connection.DstPort : null);
        return new ListedConnection
        {
            Protocol = connection.Protocol,
            Source = source,
            Destination = destination,
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
            TcpState = connection.TcpState,
            SeenReply = connection.SeenReply,
            Assured = connection.Assured,
            IsExpected = connection.Expected,
            OriginalPackets = connection.OrigPackets,
            ReplyPackets = connection.ReplPackets,
            OriginalBytes = connection.OrigBytes,
            ReplyBytes = connection.ReplBytes,
            FastTrackedPackets = connection.OrigFasttrackPackets + connection.ReplFasttrackPackets,
            ReplySource = Endpoint(connection.ReplySrcAddress, null).Address,
            ReplyDestination = Endpoint(connection.ReplyDstAddress, null).Address,
        };
    }

    /// <summary>IPv4 has its port behind the address, IPv6 in a property of its own.</summary>
    static (string Address, int? Port) Endpoint(string text, uint? port)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && colon == text.LastIndexOf(':')
            ? (text[..colon], int.Parse(text[(colon + 1)..], CultureInfo.InvariantCulture))
            : (text, (int?)port);
    }
}
