using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Conntrack.Control.Replay;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.Daemon.Api;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Conntrack.Daemon;

/// <summary>
/// A run from start to stop: the router first, so that packets flow before anybody can ask about them, then gRPC; at the end the other way
/// round. SIGTERM and SIGINT end it, at any time, with exit code 0.
/// </summary>
public static class RouterDaemon
{
    /// <summary>What calls under way may still take.</summary>
    static readonly TimeSpan s_shutdown = TimeSpan.FromSeconds(3);

    /// <inheritdoc cref="RunRouter"/>
    public static int Run(RunOptions options, TextWriter error)
    {
        EalSession.Prepare();
        DataplaneHost.Prepare(options.Router.Runtime);
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminate = StopOn(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, stop);
        foreach (UnixListenAddress address in options.Listen.OfType<UnixListenAddress>())
        {
            ControlSocket.Prepare(address);
        }

        // Last of what may be refused before the machine is touched: whoever waits for a stopping router waits for its state.
        using var start = StartingPoint.Find(options.Router.State, options.Router.ConfigFile, error, warning => Tell($"warning: {warning}"));
        using var log = new DaemonLog();
        using RunningRouter router = RunningRouter.Start(options.Router with { FirewallLog = log.Firewall }, start, Tell);
        ServeAsync(router, options.Listen, error, stop.Token).GetAwaiter().GetResult();
        return ExitCode.Success;

        void Tell(string line) => error.WriteLine($"ctrack: {line}");
    }

    static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });

    static async Task ServeAsync(RunningRouter router, IReadOnlyList<ListenAddress> addresses, TextWriter error, CancellationToken stop)
    {
        await using WebApplication application = Build(router, addresses);
        try
        {
            await application.StartAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--listen: {exception.Message}", exception);
        }

        await error.WriteLineAsync($"ctrack: running; gRPC on {string.Join(", ", addresses)}");
        await error.FlushAsync(CancellationToken.None);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(stopped.SetResult))
        {
            await stopped.Task;
        }

        using var patience = new CancellationTokenSource(s_shutdown);
        await application.StopAsync(patience.Token);
        foreach (UnixListenAddress address in addresses.OfType<UnixListenAddress>())
        {
            File.Delete(address.Path);
        }
    }

    /// <summary>
    /// Nothing but what is written here: no settings from environment variables or files that could open another address, no
    /// console output.
    /// </summary>
    static WebApplication Build(RunningRouter router, IReadOnlyList<ListenAddress> addresses)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(format => format.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);

        // Why it does not start is told once, and by us.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(router);
        builder.Services.AddSingleton<RouterResources>();
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<RefusalInterceptor>())
            .AddServiceOptions<ConfigEndpoint>(grpc => grpc.MaxReceiveMessageSize = ConfigEndpoint.LargestScript);
        builder.Services.AddGrpcReflection();
        builder.Services.AddGrpcHealthChecks(health =>
        {
            foreach (string service in RouterServices.Names)
            {
                health.Services.Map(service, _ => true);
            }
        }).AddCheck<WorkersHealth>("workers");
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = Bind).ConfigureKestrel(kestrel => Listen(kestrel, addresses));
        WebApplication application = builder.Build();
        RouterServices.Map(application);
        return application;
    }

    static void Listen(KestrelServerOptions kestrel, IReadOnlyList<ListenAddress> addresses)
    {
        kestrel.AddServerHeader = false;
        foreach (ListenAddress address in addresses)
        {
            // gRPC without TLS: nothing negotiates the protocol, so it is HTTP/2 from the first byte.
            switch (address)
            {
                case UnixListenAddress unix:
                    kestrel.ListenUnixSocket(unix.Path, listen => listen.Protocols = HttpProtocols.Http2);
                    break;
                case LoopbackListenAddress loopback:
                    kestrel.Listen(loopback.EndPoint, listen => listen.Protocols = HttpProtocols.Http2);
                    break;
            }
        }
    }

    static Socket Bind(EndPoint endPoint)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is UnixDomainSocketEndPoint unix)
        {
            ControlSocket.Guard(unix);
        }

        return socket;
    }
}
