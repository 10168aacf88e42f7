using Conntrack.Control.Replay;
using Conntrack.Control.Router;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Daemon.Tests;

public sealed class RunCommandTests
{
    [Fact]
    public void A_port_is_enough()
    {
        RunOptions options = Accepted("run --port ether1=net_tap0,iface=tap0");
        Assert.Equal([new PortBinding("ether1", "net_tap0,iface=tap0")], options.Router.Ports);
        Assert.Equal((null, 1, DataplaneRuntime.Aot), (options.Router.ConfigFile, options.Router.Workers, options.Router.Runtime));
        Assert.Empty(options.Router.EalArguments);
        Assert.Equal(("/var/lib/ctrack", true), (options.Router.State.Directory, options.Router.State.IsDefault));
        Assert.Equal(["unix:/run/ctrack/ctrack.sock", "127.0.0.1:50051"], options.Listen.Select(address => address.ToString()));
    }

    [Fact]
    public void Every_option_arrives()
    {
        RunOptions options = Accepted(
            "run --config r.rsc --listen unix:/tmp/a --listen [::1]:4000 --listen localhost:4001 --port ether1=net_null0 --port wan=0000:03:00.0 "
            + "--workers 3 --dataplane jit -- --log-level=8 -m 64 --listen");
        Assert.Equal("r.rsc", options.Router.ConfigFile);
        Assert.Equal(["unix:/tmp/a", "[::1]:4000", "127.0.0.1:4001"], options.Listen.Select(address => address.ToString()));
        Assert.Equal([false, true], options.Router.Ports.Select(port => port.IsPci));
        Assert.Equal((3, DataplaneRuntime.Jit), (options.Router.Workers, options.Router.Runtime));
        Assert.Equal(["--log-level=8", "-m", "64", "--listen"], options.Router.EalArguments);
    }

    [Theory]
    [InlineData("run", "--port: at least one interface is needed, as ether1=DEVICE, here or under Ports in appsettings.json")]
    [InlineData("run --port ether1", "--port: 'ether1' is no NAME=DEVICE")]
    [InlineData("run --port ether1=", "--port: 'ether1=' is no NAME=DEVICE")]
    [InlineData("run --port =net_null0", "--port: '=net_null0' is no NAME=DEVICE")]
    [InlineData("run --port e=net_null0 --port e=net_null1", "--port: interface e is given twice")]
    [InlineData("run --port e=net_null0 --workers 0", "--workers: '0' is no number from 1 to 64")]
    [InlineData("run --port e=net_null0 --workers 65", "--workers: '65' is no number from 1 to 64")]
    [InlineData("run --port e=net_null0 --workers 1 --workers 2", "--workers: given 2 times, once is enough")]
    [InlineData("run --port e=net_null0 --dataplane ait", "--dataplane: 'ait' is neither aot nor jit")]
    [InlineData("run --port e=net_null0 --listen 0.0.0.0:50051", "--listen: '0.0.0.0:50051' could be reached from outside, which takes mutual TLS, and this version has none")]
    [InlineData("run --port e=net_null0 --listen [::]:1", "--listen: '[::]:1' could be reached from outside, which takes mutual TLS, and this version has none")]
    [InlineData("run --port e=net_null0 --listen 127.0.0.1", "--listen: '127.0.0.1' is no address; it is written unix:/path or 127.0.0.1:50051")]
    [InlineData("run --port e=net_null0 --listen unix:relative", "--listen: 'unix:relative' is no socket; it is written unix:/path/to/socket")]
    [InlineData("run --port e=net_null0 --listen unix:/a --listen unix:/a", "--listen: unix:/a is given twice")]
    [InlineData("run stray", "unexpected argument 'stray'; an interface is given with --port, EAL's arguments behind --")]
    [InlineData("run --prot e=net_null0", "unknown option '--prot'; see ctrack run --help")]
    public void What_is_wrong_is_one_line_and_exit_code_2(string words, string message)
    {
        (int exitCode, string output, string error, RunOptions? options) = Run(words, new RunSettings());
        Assert.Equal((2, "", $"ctrack: {message}\n"), (exitCode, output, error));
        Assert.Null(options);
    }

    [Fact]
    public void The_command_line_replaces_the_settings()
    {
        var settings = new RunSettings
        {
            Ports = [("ether1", "net_null0"), ("ether2", "net_null1")], Config = "file.rsc", Listen = ["unix:/tmp/file"], Workers = "2",
        };
        RunOptions fromFile = Accepted("run", settings);
        Assert.Equal(["ether1", "ether2"], fromFile.Router.Ports.Select(port => port.Interface));
        Assert.Equal(("file.rsc", 2, "unix:/tmp/file"), (fromFile.Router.ConfigFile, fromFile.Router.Workers, Assert.Single(fromFile.Listen).ToString()));
        RunOptions replaced = Accepted("run --port ether9=net_ring0 --config line.rsc --listen unix:/tmp/line --workers 1", settings);
        Assert.Equal("ether9", Assert.Single(replaced.Router.Ports).Interface);
        Assert.Equal(("line.rsc", 1, "unix:/tmp/line"), (replaced.Router.ConfigFile, replaced.Router.Workers, Assert.Single(replaced.Listen).ToString()));
    }

    [Theory]
    [InlineData("run --state none", "/file", null)]
    [InlineData("run --state ./none", "/file", "./none")]
    [InlineData("run", "/file", "/file")]
    [InlineData("run", "none", null)]
    public void State_is_a_directory_or_none(string words, string fromFile, string? directory)
    {
        RunOptions options = Accepted(words, new RunSettings { Ports = [("ether1", "net_null0")], State = fromFile });
        Assert.Equal((directory, false), (options.Router.State.Directory, options.Router.State.IsDefault));
    }

    [Fact]
    public void Settings_are_checked_like_words()
    {
        var settings = new RunSettings { Ports = [("ether1", "")] };
        Assert.Equal("ctrack: appsettings.json: ether1 has no device\n", Run("run", settings).Error);
        settings = new RunSettings { Ports = [("ether1", "net_null0")], Workers = "many" };
        Assert.Equal("ctrack: appsettings.json: Workers: 'many' is no number from 1 to 64\n", Run("run", settings).Error);
    }

    [Fact]
    public void The_settings_file_is_read_and_what_is_unknown_in_it_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("ctrack-").FullName;
        string file = Path.Combine(folder, "appsettings.json");
        try
        {
            Assert.Empty(RunSettings.Read(folder).Ports);
            File.WriteAllText(file, """{ "Ports": { "ether1": "net_tap0,iface=tap0", "ether2": "0000:03:00.0" }, "Workers": 2, "Listen": [ "unix:/x" ] }""");
            RunSettings settings = RunSettings.Read(folder);
            Assert.Equal([("ether1", "net_tap0,iface=tap0"), ("ether2", "0000:03:00.0")], settings.Ports);
            Assert.Equal(("2", "unix:/x"), (settings.Workers, Assert.Single(settings.Listen)));
            File.WriteAllText(file, """{ "Prots": {} }""");
            Assert.StartsWith("appsettings.json: ", Assert.Throws<UserErrorException>(() => RunSettings.Read(folder)).Message, StringComparison.Ordinal);
            File.WriteAllText(file, """{ "Ports": """);
            Assert.StartsWith("appsettings.json: ", Assert.Throws<UserErrorException>(() => RunSettings.Read(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static RunOptions Accepted(string words, RunSettings? settings = null)
    {
        (int exitCode, _, string error, RunOptions? options) = Run(words, settings ?? new RunSettings());
        Assert.Equal((0, ""), (exitCode, error));
        return options!;
    }

    static (int ExitCode, string Output, string Error, RunOptions? Options) Run(string words, RunSettings settings)
    {
        RunOptions? taken = null;
        using var output = new StringWriter();
        using var error = new StringWriter();
        var commandLine = new CommandLine(
            replay: null,
            run: (options, _) =>
            {
                taken = options;
                return 0;
            },
            settings: () => settings);
        int exitCode = commandLine.Run(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (exitCode, output.ToString(), error.ToString(), taken);
    }
}
