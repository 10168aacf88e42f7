namespace Conntrack.Control.Host;

/// <summary>iproute2's <c>ip</c>, which knows every kernel's ways.</summary>
static class IpTool
{
    /// <summary>Carries out lines to their end whatever fails, as a batch of each family: a batch takes options for all of its lines.</summary>
    /// <param name="lines">Each begins with <c>-4</c> or <c>-6</c>.</param>
    /// <returns>What it complained of; empty when nothing.</returns>
    public static string Batch(IReadOnlyList<string> lines) => string.Join("; ", lines
        .GroupBy(line => line[..2])
        .Select(family => HostProgram.Run("ip", string.Concat(family.Select(line => line[3..] + "\n")), family.Key, "-force", "-batch", "-").Error)
        .Where(error => error.Length > 0));

    /// <summary>Asks something; nothing when it fails.</summary>
    public static string Ask(params ReadOnlySpan<string> words) => HostProgram.Run("ip", "", words).Output;
}
