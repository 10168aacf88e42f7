using System.Runtime.CompilerServices;

namespace Conntrack.Fuzz;

/// <summary>Something is not true that has to be, whatever the input.</summary>
sealed class InvariantException(string message) : Exception(message)
{
    public static void ThrowUnless(bool holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        if (!holds)
        {
            throw new InvariantException($"does not hold: {what}");
        }
    }
}
