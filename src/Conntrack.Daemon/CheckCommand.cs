using System.CommandLine;
using Conntrack.Control.Replay;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Daemon;

/// <summary><c>ctrack check FILE.rsc</c>: every finding on a line that names its place, which editors and CI jump to; nothing is changed.</summary>
sealed class CheckCommand
{
    readonly Argument<string> _file = new("FILE.rsc") { Description = "RouterOS script to read; nothing is changed" };

    public CheckCommand() => Command = new Command("check", "Read a RouterOS script and print everything that is wrong with it") { _file };

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter error)
    {
        string file = arguments.GetRequiredValue(_file);
        LoadResult result = ScriptLoader.Load(file, Read(file), RouterConfiguration.Default);
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            error.WriteLine(diagnostic);
        }

        return result.Configuration is null ? ExitCode.UserError : ExitCode.Success;
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
