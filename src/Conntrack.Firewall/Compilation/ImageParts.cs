using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Compilation;

/// <summary>The parts of an image in the order they will lie, each at its offset; copied into the block once its size is known.</summary>
sealed unsafe class ImageParts(int userChains = 0)
{
    const int Alignment = 64;

    readonly List<Part> _parts = [];
    ulong _end = (ulong)(RuleImage.PartsOffset + (userChains * CompiledChain.ByteSize));

    /// <summary>Bytes up to the end of the last part.</summary>
    public ulong TotalBytes => _end;

    /// <summary>Adds a part; the list must not change any more.</summary>
    /// <returns>Its offset in the image.</returns>
    /// <exception cref="InvalidOperationException">The image would pass 4 GB, which its offsets cannot express.</exception>
    public uint Place<T>(List<T> content)
        where T : unmanaged
    {
        ulong offset = _end;
        _end = (offset + ((ulong)content.Count * (ulong)Unsafe.SizeOf<T>()) + Alignment - 1) & ~(ulong)(Alignment - 1);
        if (_end > uint.MaxValue)
        {
            throw new InvalidOperationException("The rules compile to more than 4 GB.");
        }

        _parts.Add(new Part<T>(offset, content));
        return (uint)offset;
    }

    /// <summary>Writes every part to its place in a block of <see cref="TotalBytes"/>.</summary>
    public void CopyTo(byte* block)
    {
        foreach (Part part in _parts)
        {
            part.CopyTo(block);
        }
    }

    abstract class Part
    {
        public abstract void CopyTo(byte* block);
    }

    sealed class Part<T>(ulong offset, List<T> content) : Part
        where T : unmanaged
    {
        public override void CopyTo(byte* block) =>
            CollectionsMarshal.AsSpan(content).CopyTo(new Span<T>(block + offset, content.Count));
    }
}
