using Conntrack.V1;

namespace Conntrack.Daemon.Terminal;

/// <summary>A command given on the command line: its output, its findings on standard error, and an exit code.</summary>
sealed class OneCommand(RouterLink link, TextWriter output, TextWriter error, bool json, int? width)
{
    public int Run(string command)
    {
        ExecuteResponse response = link.Execute(new ExecuteRequest { Command = command, Json = json, Width = (uint)(width ?? 0) });
        if (response.Ok && response.RepeatMilliseconds > 0)
        {
            return FollowAsync(command).GetAwaiter().GetResult();
        }

        Write(response, output, error, json);
        return response.Ok ? ExitCode.Success : ExitCode.UserError;
    }

    /// <summary>Findings go to standard error, so that what was asked for can be piped.</summary>
    public static void Write(ExecuteResponse response, TextWriter output, TextWriter error, bool json)
    {
        if (json)
        {
            output.WriteLine(response.Output);
            output.Flush();
            return;
        }

        (string findings, string shown) = Split(response);
        output.Write(response.Ok ? shown : "");
        output.Flush();
        error.Write(findings + (response.Ok ? "" : shown));
        error.Flush();
    }

    /// <summary>The findings of an answer, a line each, and what comes behind them.</summary>
    public static (string Findings, string Shown) Split(ExecuteResponse response)
    {
        int end = 0;
        for (int i = 0; i < response.Diagnostics.Count; i++)
        {
            end = response.Output.IndexOf('\n', end) + 1;
        }

        return (response.Output[..end], response.Output[end..]);
    }

    async Task<int> FollowAsync(string command)
    {
        bool ok = true;
        var request = new FollowRequest { Command = command, Json = json, Width = (uint)(width ?? 0) };
        await foreach (FollowResponse message in link.FollowAsync(request, CancellationToken.None))
        {
            ok = message.Ok;
            await (ok ? output : error).WriteAsync(message.Output);
            await output.FlushAsync(CancellationToken.None);
        }

        return ok ? ExitCode.Success : ExitCode.UserError;
    }
}
