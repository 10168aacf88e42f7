using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>Scripts into configurations and back, for tables.</summary>
static class Scripts
{
    /// <summary>The configuration a script makes of the defaults; it has to load without any finding.</summary>
    public static RouterConfiguration Load(string script) => Load(script, RouterConfiguration.Default);

    public static RouterConfiguration Load(string script, RouterConfiguration start)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", script, start);
        Assert.True(result.Configuration is not null && result.Diagnostics.Count == 0, string.Join('\n', result.Diagnostics));
        return result.Configuration!;
    }

    /// <summary>The export of what the script makes, a line each; loading it has to give the same again.</summary>
    public static string[] Export(string script)
    {
        RouterConfiguration configuration = Load(script);
        string export = ScriptExporter.Export(configuration);
        Assert.Equal(configuration, Load(export));
        return export.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What is said of a script, <c>LINE:COLUMN: severity: …</c> each.</summary>
    public static string[] Findings(string script)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", script, RouterConfiguration.Default);
        Assert.Equal(result.Configuration is null, result.Diagnostics.Any(static finding => finding.Severity == Severity.Error));
        return [.. result.Diagnostics.Select(static finding => finding.ToString()["t.rsc:".Length..])];
    }
}
