namespace Conntrack.Firewall.Compilation;

/// <summary>
/// The rows of one chain, over all axes, each content once. A row under construction is flipped bit by bit and then numbered.
/// </summary>
abstract class RowStore
{
    /// <summary>Begins a row: the bits of <paramref name="words"/>.</summary>
    public abstract void Load(ReadOnlySpan<ulong> words);

    /// <summary>Turns one bit of the row under construction over.</summary>
    public abstract void Flip(int bit);

    /// <summary>The number of the row as it is now. It stays under construction.</summary>
    public abstract uint Number();

    /// <summary>Puts rows, pages and leaves into the image.</summary>
    public abstract void Place(ImageParts parts, ref CompiledChain chain);
}
