using System.CommandLine;
using Conntrack.Control.Replay;

namespace Conntrack.Daemon;

/// <summary><c>ctrack check FILE.rsc</c>: every diagnostic as <c>FILE:LINE:COLUMN: error: …</c>, which editors and CI understand.</summary>
sealed class CheckCommand
{
    readonly Argument<string> _file = new("FILE.rsc") { Description = "RouterOS script to read; nothing is changed" };
    readonly CheckScript _checkScript;

    public CheckCommand(CheckScript checkScript)
    {
        _checkScript = checkScript;
        Command = new Command("check", "Read a RouterOS script and print everything that is wrong with it") { _file };
    }

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter error)
    {
        string file = arguments.GetRequiredValue(_file);
        bool failed = false;
        foreach (ScriptDiagnostic diagnostic in _checkScript(file, Read(file)))
        {
            string severity = diagnostic.IsError ? "error" : "warning";
            error.WriteLine($"{file}:{diagnostic.Line}:{diagnostic.Column}: {severity}: {diagnostic.Message}");
            failed |= diagnostic.IsError;
        }

        return failed ? ExitCode.UserError : ExitCode.Success;
    }

    static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            throw UserErrorException.File("check", file, exception);
        }
    }
}
