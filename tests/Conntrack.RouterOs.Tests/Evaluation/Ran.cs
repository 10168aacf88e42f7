using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Evaluation;

/// <summary>What scripts come to, for tables.</summary>
static class Ran
{
    /// <summary>The text of the variable <c>r</c> at the end of a script that has to run without any finding.</summary>
    public static string Value(string script)
    {
        LoadResult result = ScriptLoader.Load(
            "t.rsc", script + "\n/interface ethernet set ether1 comment=\"<$r>\"", RouterConfiguration.Default);
        Assert.Empty(result.Diagnostics);
        return result.Configuration!.Ethernets[1].Comment[1..^1];
    }

    /// <summary>The comments of the IPv4 filter rules that a script makes, in their order.</summary>
    public static string Rules(string script) => Firewall.Rules.Order(Load(script));

    public static RouterConfiguration Load(string script)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", script, RouterConfiguration.Default);
        Assert.True(result.Configuration is not null, string.Join('\n', result.Diagnostics));
        return result.Configuration;
    }

    /// <summary>Every finding but notes, as LINE:COLUMN: severity: message.</summary>
    public static string[] Findings(string script) =>
    [
        .. ScriptLoader.Load("t.rsc", script, RouterConfiguration.Default).Diagnostics
            .Where(static finding => finding.Severity != Severity.Note)
            .Select(static finding => finding.ToString()["t.rsc:".Length..]),
    ];
}
