using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Conntrack.Rig;
using Conntrack.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace Conntrack.Gaps;

/// <summary>What the router is started with.</summary>
/// <param name="Program">artifacts/ctrack.</param>
/// <param name="Dataplane">aot, or jit for contrast.</param>
/// <param name="HostCpu">Where the host's threads run, and who hammers them.</param>
/// <param name="WorkerCpu">Where the one worker polls.</param>
/// <param name="Source">The packet source's library.</param>
/// <param name="Connections">How many connections its packets belong to.</param>
/// <param name="Rules">RouterOS script with the rules in force.</param>
/// <param name="RealTime">Whether the worker goes before everything else on its CPU; not as in the product.</param>
/// <param name="Blows">What the host is hammered with, words of <see cref="Hammer.Kinds"/>.</param>
sealed record RouterSetting(
    string Program, string Dataplane, int HostCpu, int WorkerCpu, string Source, uint Connections, string Rules, bool RealTime,
    IReadOnlyCollection<string> Blows);

/// <summary>
/// <c>ctrack run</c> as it is installed, between two ports that never run dry. Its host's youngest generation is kept small, so that it
/// collects all the time when it has anything to do.
/// </summary>
sealed class RouterUnderTest : IDisposable
{
    /// <summary>Hexadecimal, as the runtime wants it: 4 MiB.</summary>
    const string YoungestGeneration = "400000";

    /// <summary>Connections opened a second; slower than tables are committed ahead.</summary>
    public const int Pace = 200_000;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("ctrack-gaps-").FullName;
    readonly Process _process;
    readonly List<string> _said = [];

    RouterUnderTest(RouterSetting setting)
    {
        string source = string.Create(CultureInfo.InvariantCulture, $"flows={setting.Connections},proto=udp,warm=1,pace={Pace}");
        string[] arguments =
        [
            "--cpu-list", $"{setting.HostCpu},{setting.WorkerCpu}", setting.Program, "run", "--listen", $"unix:{Socket}",
            "--dataplane", setting.Dataplane, "--state", "none", "--config", setting.Rules,
            "--port", $"ether1=net_flowgen0,{source},dir=0", "--port", $"ether2=net_flowgen1,{source},dir=1", "--", "-d", setting.Source,
        ];
        var start = new ProcessStartInfo("taskset", arguments) { RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["DOTNET_GCgen0size"] = YoungestGeneration;
        _process = Process.Start(start) ?? throw new RigException("taskset did not start");
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
            {
                _said.Add(line.Data ?? "");
            }
        };
        _process.BeginErrorReadLine();
        Interruption.Undoes(this);
        Channel = Connect();
    }

    public string Socket => Path.Combine(_folder, "s");

    public int ProcessId => _process.Id;

    public GrpcChannel Channel { get; }

    TelemetryService.TelemetryServiceClient Telemetry => new(Channel);

    /// <summary>Starts it and waits until every connection is open.</summary>
    /// <param name="setting">What it is started with.</param>
    /// <param name="meanwhile">What is to be done while connections are opened; null for nothing.</param>
    public static RouterUnderTest Start(RouterSetting setting, Action<RouterUnderTest>? meanwhile = null)
    {
        var router = new RouterUnderTest(setting);
        try
        {
            router.WaitFor(() => File.Exists(router.Socket), "does not listen");
            meanwhile?.Invoke(router);
            router.WaitFor(() => router.Stats().Tracking.TotalEntries >= setting.Connections, "has not opened every connection");
            if (setting.RealTime)
            {
                Linux.MakeRealTime(router.WorkerThread());
            }

            return router;
        }
        catch
        {
            router.Dispose();
            throw;
        }
    }

    public GetStatsResponse Stats() => Telemetry.GetStats(new GetStatsRequest());

    /// <summary>Lets the worker measure itself for a while.</summary>
    public async Task<GetStatsResponse> ProfileAsync(TimeSpan duration) =>
        await Telemetry.GetStatsAsync(new GetStatsRequest { ProfileDuration = Duration.FromTimeSpan(duration) });

    /// <summary>A connection of its own for whoever hammers: streams of one connection would wait for each other.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        },
    });

    int WorkerThread() => Directory.EnumerateDirectories($"/proc/{_process.Id}/task")
        .Where(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("ct-worker-", StringComparison.Ordinal))
        .Select(task => int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture))
        .Single();

    void WaitFor(Func<bool> condition, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!IsSo())
        {
            if (_process.HasExited || clock.Elapsed > s_patience)
            {
                lock (_said)
                {
                    throw new RigException($"ctrack {(_process.HasExited ? $"ended with {_process.ExitCode}" : otherwise)}:\n{string.Join('\n', _said)}");
                }
            }

            Thread.Sleep(50);
        }

        bool IsSo()
        {
            try
            {
                return condition();
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        Interruption.Done(this);
        Channel.Dispose();
        if (!_process.HasExited)
        {
            Linux.Terminate(_process.Id);
            if (!_process.WaitForExit(s_patience / 4))
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
