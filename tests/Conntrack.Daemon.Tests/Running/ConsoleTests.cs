using System.Diagnostics;
using System.Text.Json;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Tests.Running;

/// <summary><c>ctrack console</c> as a process of its own, against a running router.</summary>
[Collection(ObservingRouterTests.Name)]
public sealed class ConsoleTests(ObservingRouter router)
{
    static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "ctrack.dll");

    [Fact]
    public async Task One_command_prints_and_ends()
    {
        (int exitCode, string output, string error) = await ConsoleAsync("", "/ip", "firewall", "connection", "print", "count-only", "where", "protocol=tcp");
        Assert.Equal((0, "1\n", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task One_command_tells_programs_in_json()
    {
        (int exitCode, string output, _) = await ConsoleAsync("", "--json", "/interface print proplist=name,type");
        Assert.Equal(0, exitCode);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal("lan", Assert.Single(json.RootElement.EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_wrong_command_is_named_on_standard_error()
    {
        (int exitCode, string output, string error) = await ConsoleAsync("", "/ip firewal print");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("console:1:5: error: unknown word \"firewal\" in /ip", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_come_through_a_pipe_and_blocks_over_lines()
    {
        (int exitCode, string output, string error) = await ConsoleAsync("""
            /ip firewall connection
            print count-only where protocol=tcp
            # a block is one command
            :foreach word in={"a";"b"} do={
              :put $word
            }
            quit
            :error never
            """);
        Assert.Equal((0, "1\na\nb\n", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task The_first_wrong_line_of_a_pipe_ends_it_with_its_place()
    {
        (int exitCode, string output, string error) = await ConsoleAsync(":put 1\n\n/ip firewall fliter print\n:put 2\n");
        Assert.Equal((2, "1\n"), (exitCode, output));
        Assert.StartsWith("stdin:3:14: error: ", error, StringComparison.Ordinal);
        Assert.Contains("did you mean \"filter\"?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_to_talk_to_is_one_line()
    {
        (int exitCode, _, string error) = await Shell.TryAsync("dotnet", s_program, "console", "--connect", "unix:/nowhere/ctrack.sock", "/export");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("ctrack: console: no router answers: unix:/nowhere/ctrack.sock", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completes_over_grpc()
    {
        const string Text = "/ip/firewall/connection/print where proto";
        CompleteResponse answer = await router.Console.CompleteAsync(new CompleteRequest { Text = Text, Cursor = (uint)Text.Length });
        Candidate candidate = Assert.Single(answer.Candidates);
        Assert.Equal(("protocol", "property", (uint)Text.Length - 5, 5U), (candidate.Text, candidate.Kind, answer.Start, answer.Length));
    }

    [Fact]
    public async Task What_is_repeated_changes_nothing()
    {
        const string Command = "/ip firewall filter add chain=forward comment=again; /ip firewall filter print interval=100ms";
        using AsyncServerStreamingCall<FollowResponse> call = router.Console.Follow(new FollowRequest { Command = Command });
        List<FollowResponse> said = [];
        await foreach (FollowResponse response in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            said.Add(response);
        }

        Assert.Contains("can only show something", Assert.Single(said).Output, StringComparison.Ordinal);
        ExecuteResponse printed = await router.Console.ExecuteAsync(
            new ExecuteRequest { Command = "/ip firewall filter print count-only where comment=again" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("0", printed.Output.Trim());
    }

    [Fact]
    public async Task Repeats_a_print_until_it_is_cancelled()
    {
        using AsyncServerStreamingCall<FollowResponse> call = router.Console.Follow(
            new FollowRequest { Command = "/ip firewall connection print interval=100ms count-only where protocol=tcp" });
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(("1\n", true, true), (call.ResponseStream.Current.Output, call.ResponseStream.Current.Ok, call.ResponseStream.Current.Replaces));
        }
    }

    [Fact]
    public async Task A_terminal_completes_helps_and_points_at_what_is_wrong()
    {
        string folder = RouterProcess.NewFolder();
        await using (PseudoTerminal terminal = Open(folder))
        {
            await terminal.WaitAsync("] > ");

            // Tab completes what is certain and goes on; the prompt follows the menu.
            await terminal.TypeAsync("/ip/fire\t", "/ip/firewall/");
            await terminal.TypeAsync("conn\t\r", "] /ip/firewall/connection> ");
            await terminal.TypeAsync("print count-only where protocol=tcp\r", "\n1\r\n");

            // Twice lists, ? explains.
            await terminal.TypeAsync("/ip firewall filter set 0 conn\t\t", "connection-state=");
            await terminal.TypeAsync("\u0003/interface ethernet set lan disabled=?", "expected: yes or no");
            await terminal.TypeAsync("\u0003/ip firewal print\r", "^^^^^^^");
            await terminal.WaitAsync("did you mean \"firewall\"?");

            // Editing: home, kill, yank; and a block over two lines.
            await terminal.TypeAsync(":put \"x\"\u0001\u000b\u0019\r", "\nx\r\n");
            await terminal.TypeAsync(":if (true) do={\r", "{... ");
            await terminal.TypeAsync(":put zwölf }\r", "\nzwölf\r\n");

            // History: up, and a search back.
            await terminal.TypeAsync("\e[A\e[A\r", "\nx\r\n");
            await terminal.TypeAsync("\u0012count\r", "(search 'count')");
            await terminal.TypeAsync("\r", "\n1\r\n");

            await terminal.TypeAsync("print interval=200ms proplist=protocol where protocol=tcp\r", "-- [Q quit]");
            await terminal.TypeAsync("q", "] /ip/firewall/connection> ");
            await terminal.TypeAsync("..\r", "] /ip/firewall> ");
            Assert.Equal(0, await terminal.EndAsync("quit\r"));
        }

        string history = await File.ReadAllTextAsync(Path.Combine(folder, "ctrack", "history"));
        Assert.Contains(":if (true) do={\\n:put zwölf }\n", history, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_terminal_shows_long_output_by_pages()
    {
        string folder = RouterProcess.NewFolder();
        await using (PseudoTerminal terminal = Open(folder))
        {
            await terminal.WaitAsync("] > ");
            await terminal.TypeAsync("/ip firewall connection print\r", "-- [Q quit|D dump|down]");
            await terminal.TypeAsync(" ", "-- [Q quit|D dump|down]");
            await terminal.TypeAsync("q", "] > ");
            Assert.Equal(0, await terminal.EndAsync("\u0004"));
        }

        Directory.Delete(folder, recursive: true);
    }

    PseudoTerminal Open(string folder) =>
        PseudoTerminal.Start(folder, $"exec dotnet {s_program} console --connect unix:{router.Process.Socket}");

    async Task<(int ExitCode, string Output, string Error)> ConsoleAsync(string input, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in (string[])[s_program, "console", "--connect", $"unix:{router.Process.Socket}", .. words])
        {
            start.ArgumentList.Add(word);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has seen enough.
        }

        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(late.Token);
        return (process.ExitCode, await output, await error);
    }
}
