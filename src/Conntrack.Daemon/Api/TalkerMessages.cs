using System.Buffers.Binary;
using System.Net;
using Conntrack.Control;
using Conntrack.Dataplane.Hosting.Observation;
using Conntrack.RouterOs.Connections;
using Conntrack.V1;
using Entry = Conntrack.RouterOs.Connections.Connection;
using Ranking = Conntrack.V1.TalkerRanking;

namespace Conntrack.Daemon.Api;

/// <summary>From what the survey of all connections has shown to its messages.</summary>
static class TalkerMessages
{
    public static Ranking Of(Conntrack.Dataplane.Hosting.Observation.TalkerRanking ranking, int limit) => new()
    {
        Total = ranking.Total,
        Sources = { ranking.Sources.Take(limit).Select(Of) },
        Destinations = { ranking.Destinations.Take(limit).Select(Of) },
    };

    public static FastConnection Of(Entry connection)
    {
        var message = new FastConnection
        {
            Id = InternalId.Format(connection.Id),
            Protocol = IpProtocol.Word(connection.Protocol),
            SrcAddress = AddressText.Format(connection.SrcAddress, connection.SrcPort),
            DstAddress = AddressText.Format(connection.DstAddress, connection.DstPort),
            OrigRate = connection.OrigRate ?? 0,
            ReplRate = connection.ReplRate ?? 0,
        };
        if (connection is { IsIPv6: true, SrcPort: { } source, DstPort: { } destination })
        {
            message.SrcPort = source;
            message.DstPort = destination;
        }

        return message;
    }

    static Talker Of(RankedTalker talker)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, talker.Address);
        var address = new IPAddress(bytes);
        return new Talker
        {
            Address = AddressText.Format(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, null),
            Count = talker.Count,
            Error = talker.Error,
        };
    }
}
