using Conntrack.V1;

namespace Conntrack.Daemon.Terminal;

/// <summary>A finding in words.</summary>
static class Message
{
    /// <summary><c>PLACE error: message (expected …; did you mean "…"?)</c>.</summary>
    public static string Of(Diagnostic finding, string place)
    {
        string hint = string.Join("; ", new[]
        {
            finding.Expected.Length > 0 ? $"expected {finding.Expected}" : "",
            finding.Nearest.Length > 0 ? $"did you mean \"{finding.Nearest}\"?" : "",
        }.Where(static part => part.Length > 0));
        return $"{place}{finding.Severity}: {finding.Message}{(hint.Length > 0 ? $" ({hint})" : "")}";
    }
}
