namespace Conntrack.Testing;

/// <summary>A frame as a capture file holds it.</summary>
/// <param name="Nanoseconds">Since 1970.</param>
/// <param name="Bytes">What the file has of it.</param>
/// <param name="WireLength">Bytes it had on the wire.</param>
public sealed record CapturedFrame(long Nanoseconds, byte[] Bytes, int WireLength)
{
    /// <summary>A frame captured whole.</summary>
    public CapturedFrame(long nanoseconds, byte[] bytes)
        : this(nanoseconds, bytes, bytes.Length)
    {
    }

    /// <summary>By content, as tests compare frames.</summary>
    public bool Equals(CapturedFrame? other) =>
        other != null && Nanoseconds == other.Nanoseconds && WireLength == other.WireLength && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Nanoseconds, WireLength, Bytes.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Nanoseconds} ns, {WireLength} bytes: {Convert.ToHexString(Bytes)}";
}
