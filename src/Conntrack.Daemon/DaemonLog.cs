using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Conntrack.Daemon;

/// <summary>
/// The structured log of a run, on standard error. Whoever writes never waits: what a slow reader does not take is dropped, and the console's
/// own writer says how much that was.
/// </summary>
sealed partial class DaemonLog : IDisposable
{
    readonly ILoggerFactory _factory;
    readonly ILogger _firewall;

    public DaemonLog()
    {
        _factory = LoggerFactory.Create(static logging =>
        {
            logging.SetMinimumLevel(LogLevel.Information);
            logging.AddSimpleConsole(static format => format.SingleLine = true);
            logging.Services.Configure<ConsoleLoggerOptions>(static console =>
            {
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
        });
        _firewall = _factory.CreateLogger("firewall");
    }

    /// <summary>A packet that a rule logged.</summary>
    public void Firewall(string line) => WriteLogged(_firewall, line);

    public void Dispose() => _factory.Dispose();

    [LoggerMessage(1, LogLevel.Information, "{Line}")]
    static partial void WriteLogged(ILogger logger, string line);
}
