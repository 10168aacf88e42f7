using System.Security.Cryptography;

namespace Conntrack.Live.Bed;

/// <summary>Random bytes in a file, and what they hash to: written once in a run, sent in both directions.</summary>
sealed class Payload
{
    public Payload(RunFolder folder, long bytes)
    {
        Path = System.IO.Path.Combine(folder.New("payload"), "payload");
        Bytes = bytes;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = File.Create(Path);
        byte[] piece = new byte[1 << 20];
        for (long left = bytes; left > 0; left -= piece.Length)
        {
            Random.Shared.NextBytes(piece);
            Span<byte> taken = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            file.Write(taken);
            hash.AppendData(taken);
        }

        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public string Path { get; }

    public long Bytes { get; }

    public string Sha256 { get; }
}
