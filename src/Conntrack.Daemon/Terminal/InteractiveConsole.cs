using Conntrack.Control.Replay;
using Conntrack.V1;

namespace Conntrack.Daemon.Terminal;

/// <summary>The console at a terminal: reads commands with its editor, has the router carry them out, and shows what it says.</summary>
sealed class InteractiveConsole(RouterLink link, Screen screen, CommandHistory history)
{
    readonly LineEditor _editor = new(screen, history, link);
    string _menu = "";

    public int Run()
    {
        while (_editor.Read(Prompt(), _menu) is string command)
        {
            if (PipedConsole.IsQuit(command))
            {
                break;
            }

            history.Add(command);
            if (!string.IsNullOrWhiteSpace(command))
            {
                Execute(command);
            }
        }

        return ExitCode.Success;
    }

    string Prompt() => $"[{Environment.UserName}@{Environment.MachineName}] {(_menu.Length > 0 ? _menu : "")}> ";

    void Execute(string command)
    {
        try
        {
            ExecuteResponse response = link.Execute(new ExecuteRequest { Command = command, Menu = _menu, Width = (uint)screen.Width });
            if (response.Ok && response.RepeatMilliseconds > 0)
            {
                FollowAsync(command).GetAwaiter().GetResult();
                return;
            }

            _menu = response.Menu;
            (_, string shown) = OneCommand.Split(response);
            foreach (Diagnostic finding in response.Diagnostics)
            {
                Show(finding, command);
            }

            if (response.Ok)
            {
                new Pager(screen).Show(shown, asks: !command.Contains("without-paging", StringComparison.Ordinal));
            }
            else
            {
                screen.WriteColoured(shown, Colours.Error);
            }
        }
        catch (UserErrorException exception)
        {
            // The router may be back for the next command.
            screen.WriteColoured(exception.Message + "\n", Colours.Error);
        }
    }

    /// <summary>The finding below its place: a caret under the column of the line just typed, or the line once more when that is not near.</summary>
    void Show(Diagnostic finding, string command)
    {
        string[] lines = command.Split('\n');
        int index = Math.Clamp((int)finding.Line - 1, 0, lines.Length - 1);
        string line = lines[index];
        int column = Math.Clamp((int)finding.Column - 1, 0, line.Length);
        string prompt = Prompt();
        bool near = lines.Length == 1 && Screen.Columns(prompt + line) < screen.Width;
        if (finding.Severity == "error")
        {
            int margin = Screen.Columns((near ? prompt : "  ") + line[..column]);
            int length = Math.Clamp(Screen.Columns(line[column..Math.Min(line.Length, column + Math.Max(1, finding.Word.Length))]), 1, screen.Width);
            screen.Write(near ? "" : $"  {line}\n");
            screen.WriteColoured($"{new string(' ', margin)}{new string('^', length)}\n", Colours.Error);
        }

        screen.WriteColoured(
            Message.Of(finding, lines.Length > 1 ? $"line {finding.Line} column {finding.Column}: " : $"column {finding.Column}: ") + "\n",
            finding.Severity == "error" ? Colours.Error : finding.Severity == "warning" ? Colours.Warning : Colours.Quiet);
    }

    /// <summary>A repeated print, up to q or Ctrl-C.</summary>
    async Task FollowAsync(string command)
    {
        const string Hint = "-- [Q quit]";
        using var stop = new CancellationTokenSource();
        Task keys = Task.Run(() => WaitForQuit(stop));
        var request = new FollowRequest { Command = command, Menu = _menu, Width = (uint)screen.Width };
        try
        {
            await foreach (FollowResponse message in link.FollowAsync(request, stop.Token))
            {
                if (message.Replaces)
                {
                    screen.Clear();
                }
                else
                {
                    screen.ClearRow();
                }

                screen.Write(message.Output);
                screen.WriteColoured(Hint, Colours.Quiet);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await keys;
            screen.ClearRow();
        }
    }

    void WaitForQuit(CancellationTokenSource stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (screen.KeyAvailable)
            {
                ConsoleKeyInfo key = screen.ReadKey();
                if (key.KeyChar is 'q' or 'Q' or '\x03')
                {
                    stop.Cancel();
                }
            }
            else
            {
                stop.Token.WaitHandle.WaitOne(50);
            }
        }
    }
}
