using System.Text;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Tests.Settings;

/// <summary>Scripts with a few things changed at random, and what holds for each of them.</summary>
static class Mutation
{
    static readonly string[] s_fragments =
    [
        "\"", "\\", "\\\n    ", "\n", "\r\n", "{", "}", "[", "]", "(", ")", ";", "=", "!", "#", "$", "/", "..", ":", ",", "\0", "\t", " ",
        "é", "\uD800",
    ];

    public static string Mutate(string text, Random random)
    {
        var mutated = new StringBuilder(text);
        for (int n = random.Next(1, 6); n > 0 && mutated.Length > 0; n--)
        {
            int at = random.Next(mutated.Length);
            switch (random.Next(5))
            {
                case 0:
                    mutated.Remove(at, Math.Min(random.Next(1, 12), mutated.Length - at));
                    break;
                case 1:
                    mutated.Insert(at, s_fragments[random.Next(s_fragments.Length)]);
                    break;
                case 2:
                    mutated[at] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
                    break;
                case 3:
                    mutated.Insert(at, mutated.ToString(at, Math.Min(random.Next(1, 40), mutated.Length - at)));
                    break;
                default:
                    mutated.Length = at;
                    break;
            }
        }

        return mutated.ToString();
    }

    /// <summary>All of a script is applied or nothing, findings point into it, and what it made can be exported and read again.</summary>
    public static void Check(string text, bool actsOnAll = false)
    {
        LoadResult result = ScriptLoader.Load("t.rsc", text, RouterConfiguration.Default, actsOnAll);

        int lines = text.Count(static c => c is '\n' or '\r') + 1;
        bool errors = false;
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            errors |= diagnostic.Severity == Severity.Error;
            Assert.InRange(diagnostic.Line, 1, lines);
            Assert.InRange(diagnostic.Column, 1, text.Length + 1);
            Assert.DoesNotContain('\n', diagnostic.ToString());
        }

        Assert.Equal(errors, result.Configuration is null);
        if (result.Configuration is RouterConfiguration configuration)
        {
            Assert.Equal(
                configuration,
                ScriptLoader.Load("export", ScriptExporter.Export(configuration), RouterConfiguration.Default, actsOnAll).Configuration);
        }
    }
}
