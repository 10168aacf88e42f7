using Conntrack.Control;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Connections;
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
        return router.Connections().FirstOrDefault(connection => connection.Id == id) is { } found
            ? Task.FromResult(new GetConnectionResponse { Connection = ConnectionMessages.Of(found) })
            : throw new RpcException(new Status(StatusCode.NotFound, $"there is no connection {request.Id}, or it has ended"));
    }

    public override Task<DeleteConnectionsResponse> DeleteConnections(DeleteConnectionsRequest request, ServerCallContext context)
    {
        HashSet<ulong> ids = [.. request.Ids.Select(id => Id("ids", id))];
        if (request.All || !string.IsNullOrWhiteSpace(request.Where))
        {
            ConnectionQuery query = Query(request.All ? "" : request.Where);
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
        return Task.FromResult(new CountConnectionsResponse { Count = (ulong)router.Connections().LongCount(query.Matches) });
    }

    static ConnectionQuery Query(string where, string orderBy = "", uint limit = 0) =>
        ConnectionQuery.Parse(where, orderBy, limit, out IReadOnlyList<Diagnostic> findings) ?? throw Refusal.Of(
            [.. findings.Where(finding => finding.Severity == Severity.Error).Select(finding => new PropertyProblem(finding.File, finding.ToString()))]);

    static ulong Id(string field, string text) =>
        InternalId.TryParse(text, out ulong id) ? id : throw Refusal.Of(field, $"'{text}' is no id; one is written *1a");
}
