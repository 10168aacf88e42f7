using System.CommandLine;
using Conntrack.Control.Replay;
using Conntrack.Control.Routing;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Daemon;

/// <summary><c>ctrack check FILE.rsc</c>: every finding on a line that names its place, which editors and CI jump to; nothing is changed.</summary>
sealed class CheckCommand
{
    readonly Argument<string> _file = new("FILE.rsc") { Description = "RouterOS script to read; nothing is changed" };

    readonly Func<int?> _width;

    /// <param name="width">Characters a line of standard error has; null when it is no terminal.</param>
    public CheckCommand(Func<int?> width)
    {
        _width = width;
        Command = new Command("check", "Read a RouterOS script and print everything that is wrong with it") { _file };
    }

    public Command Command { get; }

    public int Run(ParseResult arguments, TextWriter error)
    {
        string file = arguments.GetRequiredValue(_file);
        string script = Read(file);
        LoadResult result = ScriptLoader.Load(file, script, RouterConfiguration.Default);
        SourceExcerpt? excerpt = _width() is int width ? new SourceExcerpt(script, width) : null;
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            error.WriteLine(diagnostic);
            excerpt?.Write(error, diagnostic);
        }

        if (result.Configuration is not { } configuration)
        {
            return ExitCode.UserError;
        }

        // What the language knows and this dataplane does not do: run and replay refuse it with the same words.
        IReadOnlyList<PropertyProblem> problems = RouterCompiler.Problems(configuration);
        foreach (PropertyProblem problem in problems)
        {
            error.WriteLine($"{file}: error: {problem.Description}");
        }

        return problems.Count > 0 ? ExitCode.UserError : ExitCode.Success;
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
