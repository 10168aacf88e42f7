using System.Net.Sockets;
using Conntrack.Control.Replay;
using Conntrack.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Conntrack.Daemon.Terminal;

/// <summary>A running router's services, as a terminal uses them: one call at a time.</summary>
sealed class RouterLink : IDisposable
{
    /// <summary>A print of a million connections is some hundred megabytes.</summary>
    const int LargestOutput = 1 << 30;

    readonly GrpcChannel _channel;
    readonly ConsoleService.ConsoleServiceClient _console;
    readonly TelemetryService.TelemetryServiceClient _telemetry;

    RouterLink(GrpcChannel channel)
    {
        _channel = channel;
        _console = new ConsoleService.ConsoleServiceClient(channel);
        _telemetry = new TelemetryService.TelemetryServiceClient(channel);
    }

    /// <summary>Connects to the first of the addresses where somebody answers.</summary>
    /// <exception cref="UserErrorException">Nobody does.</exception>
    public static RouterLink Open(IReadOnlyList<ListenAddress> addresses)
    {
        List<string> refused = [];
        foreach (ListenAddress address in addresses)
        {
            try
            {
                Connect(address).Dispose();
                return new RouterLink(GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
                {
                    DisposeHttpClient = true,
                    MaxReceiveMessageSize = LargestOutput,
                    HttpHandler = new SocketsHttpHandler
                    {
                        ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(Connect(address), ownsSocket: true)),
                    },
                }));
            }
            catch (SocketException exception)
            {
                refused.Add($"{address}: {exception.Message}");
            }
        }

        throw new UserErrorException($"console: no router answers: {string.Join("; ", refused)}");
    }

    public ExecuteResponse Execute(ExecuteRequest request) => Told(() => _console.Execute(request));

    public GetStatsResponse Stats() => Told(() => _telemetry.GetStats(new GetStatsRequest()));

    public ListTopTalkersResponse TopTalkers(uint limit) => Told(() => _telemetry.ListTopTalkers(new ListTopTalkersRequest { Limit = limit }));

    public CompleteResponse Complete(CompleteRequest request) => Told(() => _console.Complete(request));

    /// <summary>What a repeated print shows, each time there is something, until the token is cancelled.</summary>
    public async IAsyncEnumerable<FollowResponse> FollowAsync(
        FollowRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        using AsyncServerStreamingCall<FollowResponse> call = _console.Follow(request, cancellationToken: stop);
        while (true)
        {
            try
            {
                if (!await call.ResponseStream.MoveNext(stop))
                {
                    break;
                }
            }
            catch (Exception exception) when (stop.IsCancellationRequested && exception is RpcException or OperationCanceledException)
            {
                break;
            }
            catch (RpcException exception)
            {
                throw Lost(exception);
            }

            yield return call.ResponseStream.Current;
        }
    }

    public void Dispose() => _channel.Dispose();

    static T Told<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (RpcException exception)
        {
            throw Lost(exception);
        }
    }

    static UserErrorException Lost(RpcException exception) =>
        new($"console: {(exception.StatusCode == StatusCode.Unavailable ? "the router does not answer any more" : exception.Status.Detail)}", exception);

    static Socket Connect(ListenAddress address)
    {
        Socket socket = address is UnixListenAddress
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address is UnixListenAddress unix ? new UnixDomainSocketEndPoint(unix.Path) : ((LoopbackListenAddress)address).EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
