using System.Runtime.CompilerServices;
using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// What running a script may cost: steps in proportion to its size and a constant, so that no script runs for ever. Everything that takes
/// time or memory pays steps for it; the limits on one value only make for an early and plain finding.
/// </summary>
sealed class ScriptBudget(int scriptLength)
{
    /// <summary>Less than a second: a loop may make ten thousand rules and take each away again.</summary>
    public const long LeastSteps = 10_000_000;

    /// <summary>A line of a real script has some 80 characters and takes ten steps when it is run once.</summary>
    public const int StepsPerCharacter = 10;

    /// <summary>As long a text as RouterOS lets a script be.</summary>
    public const int MostText = 65_536;

    public const int MostElements = 1 << 20;

    /// <summary>Blocks, calls and brackets being carried out inside each other.</summary>
    public const int MostDepth = 400;

    /// <summary>What an exception costs against a step.</summary>
    public const int ErrorSteps = 100;

    /// <summary>What compiling a regular expression costs.</summary>
    public const int PatternSteps = 1_000;

    /// <summary>Characters of text made in one step.</summary>
    public const int TextPerStep = 16;

    /// <summary>What one element of an array costs that is made.</summary>
    public const int ElementSteps = 4;

    readonly long _total = LeastSteps + ((long)StepsPerCharacter * scriptLength);
    long _used;

    /// <summary>How deep it is in blocks, calls and brackets; whoever catches an error goes back to where it was.</summary>
    public int Depth { get; set; }

    public void Pay(SourceSpan span, long steps = 1)
    {
        _used += steps;
        if (_used > _total)
        {
            throw new ScriptError(span, $"the script runs too long: it has taken {_total} steps and may take no more", "loops that end")
            {
                IsFinal = true,
            };
        }
    }

    public void PayText(SourceSpan span, int length)
    {
        if (length > MostText)
        {
            throw new ScriptError(span, "the text is too long", $"at most {MostText} characters");
        }

        Pay(span, 1 + (length / TextPerStep));
    }

    public void PayElements(SourceSpan span, int count)
    {
        if (count > MostElements)
        {
            throw new ScriptError(span, "the array is too large", $"at most {MostElements} elements");
        }

        Pay(span, 1 + ((long)ElementSteps * count));
    }

    public void Enter(SourceSpan span)
    {
        if (Depth >= MostDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ScriptError(span, "calls and blocks are nested too deep", $"at most {MostDepth} levels") { IsFinal = true };
        }

        Depth++;
    }

    public void Leave() => Depth--;
}
