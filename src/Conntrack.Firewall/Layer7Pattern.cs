using System.Collections.Immutable;

namespace Conntrack.Firewall;

/// <summary>What layer7-protocol looks for: a deterministic automaton over bytes.</summary>
/// <param name="Number">Which of the router's patterns it is, below <see cref="Tracking.Table.Layer7State.MostPatterns"/>; stays its from one edition of the rules to the next.</param>
/// <param name="Edition">Changes when a number passes to another pattern: what connections remember of patterns is good for one.</param>
/// <param name="Classes">For each of the 256 bytes, its column.</param>
/// <param name="Next">
/// Rows of columns: from each state, by the column of a byte, to the next. State 0 is that of no hope, 1 the first, and neither 0 nor a state that
/// has found the pattern is left again.
/// </param>
/// <param name="Ends">Of each state, whether the pattern is found, or would be if nothing followed.</param>
public sealed record Layer7Pattern(
    byte Number, uint Edition, ImmutableArray<byte> Classes, ImmutableArray<ushort> Next, ImmutableArray<Layer7End> Ends)
{
    /// <summary>Columns of <see cref="Next"/>.</summary>
    public int ClassCount => Ends.IsEmpty ? 0 : Next.Length / Ends.Length;

    internal bool IsSound =>
        Number < Tracking.Table.Layer7State.MostPatterns && Classes.Length == 256 && Ends.Length is >= 2 and <= ushort.MaxValue
        && Next.Length == Ends.Length * ClassCount && Classes.All(column => column < ClassCount) && Next.All(state => state < Ends.Length);
}

/// <summary>What it means to have come to a state of a <see cref="Layer7Pattern"/>.</summary>
public enum Layer7End : byte
{
    Nothing = 0,

    /// <summary>Found, whatever follows.</summary>
    Found = 1,

    /// <summary>Found if a packet ends here.</summary>
    FoundAtEnd = 2,
}
