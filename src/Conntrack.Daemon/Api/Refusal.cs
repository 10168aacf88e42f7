using Conntrack.Control.Settings;
using Conntrack.Control.Settings.Revisions;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Conntrack.Daemon.Api;

/// <summary>INVALID_ARGUMENT with a violation for each field, as <c>google.rpc.BadRequest</c> carries them (AIP-193).</summary>
static class Refusal
{
    public static RpcException Of(string field, string description) => Of([new PropertyProblem(field, description)]);

    /// <summary>Property names become field names: <c>udp-timeout</c> is <c>udp_timeout</c>.</summary>
    public static RpcException Of(IReadOnlyList<PropertyProblem> problems)
    {
        var badRequest = new BadRequest();
        foreach ((string property, string description) in problems)
        {
            badRequest.FieldViolations.Add(new BadRequest.Types.FieldViolation
            {
                Field = property.Replace('-', '_'),
                Description = description,
            });
        }

        return new Google.Rpc.Status
        {
            Code = (int)Code.InvalidArgument,
            Message = string.Join("; ", problems.Select(problem => problem.Description)),
            Details = { Any.Pack(badRequest) },
        }.ToRpcException();
    }
}

/// <summary>What the control side refuses becomes a status that a client can act on.</summary>
sealed class RefusalInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (Translate(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (Translate(exception) is { } refusal)
        {
            throw refusal;
        }
    }

    static RpcException? Translate(Exception exception) => exception switch
    {
        ConfigurationRefusedException refused => Refusal.Of(refused.Problems),
        StaleRevisionException stale => new RpcException(new Grpc.Core.Status(StatusCode.Aborted, stale.Message)),
        ConfirmationException waiting => new RpcException(new Grpc.Core.Status(StatusCode.FailedPrecondition, waiting.Message)),
        StateDamagedException damaged => new RpcException(new Grpc.Core.Status(StatusCode.DataLoss, damaged.Message)),
        StateWriteException unwritten => new RpcException(
            new Grpc.Core.Status(unwritten.IsFull ? StatusCode.ResourceExhausted : StatusCode.Internal, unwritten.Message)),
        KeyNotFoundException missing => new RpcException(new Grpc.Core.Status(StatusCode.NotFound, missing.Message)),
        ObjectDisposedException => new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "the router is stopping")),
        TimeoutException late => new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, late.Message)),
        _ => null,
    };
}
