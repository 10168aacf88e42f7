using Conntrack.Control;
using Conntrack.Control.Connections;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Language;
using Conntrack.V1;
using Grpc.Core;
using Diagnostic = Conntrack.RouterOs.Language.Diagnostic;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.ConnectionService</c> over the tables of a running router.</summary>
sealed class ConnectionEndpoint(RunningRouter router) : ConnectionService.ConnectionServiceBase
{
    /// <summary>Connections a page: some 60 kB, so that flow control has something to hold on to and no message comes near the limit of 4 MB.</summary>
    const int PageSize = 256;

    public override async Task ListConnections(
        ListConnectionsRequest request, IServerStreamWriter<ListConnectionsResponse> responseStream, ServerCallContext context)
    {
        ConnectionQuery query = Query(request.Where, request.OrderBy, request.Limit);
        foreach (NumberedConnection[] page in query.Select(router.Connections()).Chunk(PageSize))
        {
            var response = new ListConnectionsResponse();
            response.Connections.AddRange(page.Select(row => ConnectionMessages.Of(row.Connection)));
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override Task<GetConnectionResponse> GetConnection(GetConnectionRequest request, ServerCallContext context)
    {
        ulong id = Id("id", request.Id);
        return router.ConnectionOf(id) is { } found
            ? Task.FromResult(new GetConnectionResponse
            {
                Connection = ConnectionMessages.Of(found),
                FasttrackObstacle = FastTrackObstacles.Describe(found, GeneralObstacle(found)),
            })
            : throw new RpcException(new Status(StatusCode.NotFound, $"there is no connection {request.Id}, or it has ended"));
    }

    /// <summary>What keeps every connection of its family from it, apart from there being none yet.</summary>
    string GeneralObstacle(Conntrack.RouterOs.Connections.Connection connection) =>
        router.FastPath(connection.IsIPv6 ? RuleFamily.Ipv6 : RuleFamily.Ipv4) is { IsBarred: true } barred ? barred.Obstacle : "";

    public override Task<DeleteConnectionsResponse> DeleteConnections(DeleteConnectionsRequest request, ServerCallContext context)
    {
        HashSet<ulong> ids = [.. request.Ids.Select(id => Id("ids", id))];
        if (request.All)
        {
            ids.UnionWith(router.ConnectionIds());
        }
        else if (!string.IsNullOrWhiteSpace(request.Where))
        {
            ConnectionQuery query = Query(request.Where);
            ids.UnionWith(router.Connections().Where(query.Matches).Select(connection => connection.Id));
        }
        else if (ids.Count == 0)
        {
            throw Refusal.Of("where", "where or ids is needed; all=true ends every connection");
        }

        return Task.FromResult(new DeleteConnectionsResponse { Deleted = (ulong)router.Remove(ids) });
    }

    public override Task<CountConnectionsResponse> CountConnections(CountConnectionsRequest request, ServerCallContext context)
    {
        ConnectionQuery query = Query(request.Where);
        long count = string.IsNullOrWhiteSpace(request.Where) ? router.ConnectionIds().Count : router.Connections().LongCount(query.Matches);
        return Task.FromResult(new CountConnectionsResponse { Count = (ulong)count });
    }

    public override async Task WatchConnections(
        WatchConnectionsRequest request, IServerStreamWriter<WatchConnectionsResponse> responseStream, ServerCallContext context)
    {
        const int MostBuffered = 1_000_000, UsuallyBuffered = 65_536;
        if (request.Buffer > MostBuffered)
        {
            throw Refusal.Of("buffer", $"buffer is from 1 to {MostBuffered}");
        }

        ConnectionQuery query = Query(request.Where);
        HashSet<ConnectionEventType> types = [.. request.Types_];
        bool isFiltered = !string.IsNullOrWhiteSpace(request.Where);
        bool Wants(ConnectionHappening happening) =>
            (types.Count == 0 || types.Contains(EventMessages.TypeOf(happening.Kind))) && (!isFiltered || query.Matches(happening.Connection));

        using ConnectionWatch watch = router.Watch(Wants, request.Buffer == 0 ? UsuallyBuffered : (int)request.Buffer);
        await context.WriteResponseHeadersAsync([]);
        if (request.IncludeExisting)
        {
            foreach (RouterOs.Connections.Connection[] page in router.Connections().Where(query.Matches).Chunk(PageSize))
            {
                await responseStream.WriteAsync(EventMessages.Existing(page), context.CancellationToken);
            }
        }

        while (await watch.ReadAsync(PageSize, context.CancellationToken) is { Count: > 0 } items)
        {
            foreach (WatchConnectionsResponse response in EventMessages.Of(items))
            {
                await responseStream.WriteAsync(response, context.CancellationToken);
            }
        }
    }

    static ConnectionQuery Query(string where, string orderBy = "", uint limit = 0) =>
        ConnectionQuery.Parse(where, orderBy, limit, out IReadOnlyList<Diagnostic> findings) ?? throw Refusal.Of(
            [.. findings.Where(finding => finding.Severity == Severity.Error).Select(finding => new PropertyProblem(finding.File, finding.ToString()))]);

    static ulong Id(string field, string text) =>
        InternalId.TryParse(text, out ulong id) ? id : throw Refusal.Of(field, $"'{text}' is no id; one is written *1a");
}
