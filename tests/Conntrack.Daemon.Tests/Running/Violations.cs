using Google.Rpc;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Calls that are refused.</summary>
static class Violations
{
    /// <summary>The fields that google.rpc.BadRequest names, with what is wrong; the call must end with INVALID_ARGUMENT.</summary>
    public static async Task<IReadOnlyList<(string Field, string Description)>> OfAsync(Func<Task> call)
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        BadRequest? details = exception.GetRpcStatus()?.GetDetail<BadRequest>();
        Assert.NotNull(details);
        return [.. details.FieldViolations.Select(violation => (violation.Field, violation.Description))];
    }

    public static async Task HasStatusAsync(StatusCode expected, Func<Task> call) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
}
