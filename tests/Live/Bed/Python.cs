namespace Conntrack.Live.Bed;

/// <summary>The programs of the suite itself: what no program of Debian's does, a page of Python each.</summary>
static class Python
{
    // A version manager in front of it costs more than most of these programs.
    static readonly string s_interpreter = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    public static IReadOnlyList<string> Words(string program, IReadOnlyList<string> arguments) =>
        [s_interpreter, Path.Combine(AppContext.BaseDirectory, "Programs", program), .. arguments];
}
