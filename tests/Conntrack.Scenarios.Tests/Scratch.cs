using System.Text.Json;
using Conntrack.Testing;

namespace Conntrack.Scenarios.Tests;

/// <summary>A directory of one test's own, gone with it, and replays whose files live there.</summary>
sealed class Scratch : IDisposable
{
    /// <summary>Of virtual zero in every capture these tests write: 2026-01-02 03:04:05.000000007 UTC.</summary>
    public const long Epoch = 1_767_323_045_000_000_007;

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ctrack-scenario-");

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <inheritdoc cref="Write(string, string)"/>
    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    /// <summary>A pcap file in nanoseconds of frames at these microseconds since <see cref="Epoch"/>.</summary>
    public string Capture(string name, params IEnumerable<(long Microseconds, Frame Frame)> frames) =>
        Write(name, CaptureFormat.Pcap(frames.Select(frame => Captured(frame.Microseconds, frame.Frame))));

    public static CapturedFrame Captured(long microseconds, Frame frame) => new(Epoch + (microseconds * 1000), frame.ToBytes());

    /// <summary>Replays, and returns everything there is to read about it.</summary>
    public Results Replay(params IEnumerable<string> arguments)
    {
        string connections = PathOf("connections.json"), trace = PathOf("trace.jsonl"), stats = PathOf("stats.json");
        Ctrack.Replay([.. arguments, "--connections", connections, "--trace", trace, "--stats", stats]).SucceededWithNotes();
        return new Results(Json.Array(File.ReadAllText(connections)), Json.Lines(File.ReadAllText(trace)), Json.Object(File.ReadAllText(stats)));
    }

    public IReadOnlyList<JsonElement> Connections(params IEnumerable<string> arguments) => Replay(arguments).Connections;

    public IReadOnlyList<JsonElement> Trace(params IEnumerable<string> arguments) => Replay(arguments).Trace;

    public JsonElement Stats(params IEnumerable<string> arguments) => Replay(arguments).Stats;

    public void Dispose() => _directory.Delete(recursive: true);
}

/// <summary>The three files of one replay.</summary>
sealed record Results(IReadOnlyList<JsonElement> Connections, IReadOnlyList<JsonElement> Trace, JsonElement Stats);

/// <summary>Reading what the product wrote.</summary>
static class Json
{
    public static JsonElement Object(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public static IReadOnlyList<JsonElement> Array(string text) => [.. Object(text).EnumerateArray()];

    public static IReadOnlyList<JsonElement> Lines(string text)
    {
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "The last line has no end.");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Object)];
    }

    public static string Word(this JsonElement element, string key) => element.GetProperty(key).GetString()!;

    /// <summary>The value of a key as text, null when it is absent.</summary>
    public static string? WordOrNull(this JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;

    public static long Number(this JsonElement element, string key) => element.GetProperty(key).GetInt64();

    public static bool Flag(this JsonElement element, string key) => element.GetProperty(key).GetBoolean();

    public static IEnumerable<string> Keys(this JsonElement element) => element.EnumerateObject().Select(property => property.Name);

    /// <summary>The rules of a line of a trace.</summary>
    public static IEnumerable<string?> Names(this JsonElement line) => line.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString());

    /// <summary>One key of every element.</summary>
    public static IEnumerable<string?> Words(this IEnumerable<JsonElement> elements, string key) =>
        elements.Select(element => element.WordOrNull(key));
}
