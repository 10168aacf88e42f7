using System.Diagnostics;
using System.Text;

namespace Conntrack.Live.Bed;

/// <summary>A program that goes on while others run. Its process is ended with this object, by its id.</summary>
sealed class RunningProgram : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    readonly Process _process;
    readonly string _name;
    readonly StringBuilder _error = new();
    readonly Task _errorReader;

    public RunningProgram(Process process, string name)
    {
        _process = process;
        _name = name;
        _errorReader = ReadErrorAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>The next line of its standard output.</summary>
    /// <exception cref="CheckFailedException">It ended without one.</exception>
    public async Task<string> ReadLineAsync(CancellationToken stop) =>
        await _process.StandardOutput.ReadLineAsync(stop) ?? throw new CheckFailedException($"{_name} ended: {await LastErrorAsync()}");

    /// <summary>Everything it still writes, and its end.</summary>
    public async Task<Command> EndAsync(CancellationToken stop)
    {
        string output = await _process.StandardOutput.ReadToEndAsync(stop);
        await _process.WaitForExitAsync(stop);
        await _errorReader;
        return new Command(_process.ExitCode, output, Error);
    }

    /// <summary>As a service manager ends it; returns the exit code, null when it had to be killed.</summary>
    public async Task<int?> TerminateAsync()
    {
        if (!_process.HasExited)
        {
            await Command.RunAsync("kill", "-TERM", $"{Id}");
        }

        using var late = new CancellationTokenSource(s_patience);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            await _errorReader;
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    async Task<string> LastErrorAsync()
    {
        await _errorReader.WaitAsync(s_patience);
        return Error.Trim().ReplaceLineEndings(" ");
    }

    async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error)
            {
                _error.Append(line).Append('\n');
            }
        }
    }
}
