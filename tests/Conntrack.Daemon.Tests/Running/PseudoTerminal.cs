using System.Diagnostics;
using System.Text;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>A program at a pseudo terminal of 100 columns and 30 rows, which util-linux's <c>script</c> opens for it.</summary>
sealed class PseudoTerminal : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly StringBuilder _screen = new();
    readonly Task _reading;

    PseudoTerminal(Process process)
    {
        _process = process;
        _reading = Task.Run(async () =>
        {
            char[] buffer = new char[4096];
            int read;
            while ((read = await process.StandardOutput.ReadAsync(buffer)) > 0)
            {
                lock (_screen)
                {
                    _screen.Append(buffer, 0, read);
                }
            }
        });
    }

    /// <summary>Everything the program has written, escape sequences included.</summary>
    public string Written
    {
        get
        {
            lock (_screen)
            {
                return _screen.ToString();
            }
        }
    }

    public static PseudoTerminal Start(string folder, string command)
    {
        var start = new ProcessStartInfo("script")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        start.ArgumentList.Add("-qfec");
        start.ArgumentList.Add($"stty cols 100 rows 30; {command}");
        start.ArgumentList.Add("/dev/null");
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["XDG_STATE_HOME"] = folder;
        return new PseudoTerminal(Process.Start(start)!);
    }

    /// <summary>Presses keys, and waits until the text comes that they are to bring.</summary>
    public async Task TypeAsync(string keys, string expected)
    {
        int from = Written.Length;
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
        await WaitAsync(expected, from);
    }

    public async Task WaitAsync(string expected, int from = 0)
    {
        var clock = Stopwatch.StartNew();
        while (!Plain(Written[from..]).Contains(expected, StringComparison.Ordinal))
        {
            if (clock.Elapsed > s_patience)
            {
                Assert.Fail($"\"{expected}\" did not come; there is: {Plain(Written[from..])}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Waits for the end of the program.</summary>
    public async Task<int> EndAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
        using var late = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(late.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>What is there without colours and movements.</summary>
    static string Plain(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\e\\[[0-9;?]*[A-Za-z]|\e[()=>][A-Z0-9]?", "").Replace("\r\r\n", "\r\n", StringComparison.Ordinal);
}
