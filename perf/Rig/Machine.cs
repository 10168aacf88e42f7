using System.Diagnostics;
using System.Globalization;

namespace Conntrack.Rig;

/// <summary>What figures belong to.</summary>
/// <param name="Cpu">As the kernel names it, with family and model: a virtual machine's name alone says little.</param>
/// <param name="Slug">The same as a folder's name.</param>
/// <param name="Kernel">Name and release.</param>
/// <param name="Dpdk">Release of the installed one.</param>
sealed record Machine(string Cpu, string Slug, string Kernel, string Dpdk)
{
    public static Machine This()
    {
        Dictionary<string, string> facts = File.ReadLines("/proc/cpuinfo")
            .TakeWhile(line => line.Length != 0)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts => parts.Length == 2 ? parts[1] : "");
        string name = facts.GetValueOrDefault("model name", "unknown");
        string cpu = string.Create(
            CultureInfo.InvariantCulture,
            $"{name} (family {facts.GetValueOrDefault("cpu family", "?")} model {facts.GetValueOrDefault("model", "?")}), {Environment.ProcessorCount} CPUs");
        string words = $"{name} {facts.GetValueOrDefault("cpu family", "")} {facts.GetValueOrDefault("model", "")}".ToLowerInvariant();
        string slug = string.Join('-', words.Split([' ', '(', ')', '@', '/', '.'], StringSplitOptions.RemoveEmptyEntries));
        return new Machine(cpu, slug, $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}", DpdkRelease());
    }

    static string DpdkRelease()
    {
        using Process? query = Process.Start(new ProcessStartInfo("pkg-config", ["--modversion", "libdpdk"]) { RedirectStandardOutput = true });
        return query?.StandardOutput.ReadToEnd().Trim() ?? "unknown";
    }
}
