namespace Conntrack.RouterOs.Tests.Language;

/// <summary>The rule examples of RouterOS's manual, "Connection tracking", to the letter: a slash and a quote are missing there.</summary>
static class ChapterExamples
{
    public static string First { get; } = Read("basic-rules.rsc");

    public static string Second { get; } = Read("fasttrack.rsc");

    static string Read(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Examples", file));
}
