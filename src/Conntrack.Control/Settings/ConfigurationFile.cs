using Conntrack.Control.Replay;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <summary>A RouterOS script as the starting configuration.</summary>
public static class ConfigurationFile
{
    /// <summary>Reads and loads it; every finding becomes a line on <paramref name="error"/>.</summary>
    /// <param name="file">As the user named it; null for the defaults.</param>
    /// <param name="error">Standard error.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or has errors: then nothing of it counts.</exception>
    public static RouterConfiguration Load(string? file, TextWriter error)
    {
        if (file is null)
        {
            return RouterConfiguration.Default;
        }

        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            throw UserErrorException.File("--config", file, exception);
        }

        LoadResult result = ScriptLoader.Load(file, text, RouterConfiguration.Default);
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            error.WriteLine(diagnostic);
        }

        int errors = result.Diagnostics.Count(diagnostic => diagnostic.Severity == Severity.Error);
        return result.Configuration
            ?? throw new UserErrorException($"--config: {file}: {errors} error{(errors == 1 ? "" : "s")}, the router was not started");
    }
}
