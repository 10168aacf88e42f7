using System.Text;
using Conntrack.Control.Replay;
using Conntrack.Daemon;
using Conntrack.Dataplane.Hosting;

// Console.Out flushes every write, which a list of a million connections cannot afford. The command line flushes, and reports when it cannot.
var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024);
return new CommandLine(new ReplayEngine(DataplaneRuntime.Jit).Run, RouterDaemon.Run, TerminalWidth, () => RunSettings.Read(Environment.CurrentDirectory), ErrorWidth)
    .Run(args, output, Console.Error);

// A terminal that does not know its size says 0.
static int? TerminalWidth() => !Console.IsOutputRedirected && Console.WindowWidth is > 0 and int width ? width : null;
static int? ErrorWidth() => !Console.IsErrorRedirected && Console.WindowWidth is > 0 and int width ? width : null;
