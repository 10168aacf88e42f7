using System.Buffers.Binary;

namespace Conntrack.Testing;

/// <summary>
/// Classic pcap files with nanoseconds and Ethernet, little endian, written and read in plain C#: a second opinion beside the product's own
/// reader and writer.
/// </summary>
/// <remarks><code>
/// file    0 magic a1b23c4d   4 version 2.4   8 zone, accuracy   16 snap length   20 link type
/// frame   0 seconds          4 nanoseconds   8 captured bytes   12 wire bytes    16 bytes
/// </code></remarks>
public static class CaptureFile
{
    const uint NanosecondMagic = 0xa1b2_3c4d;
    const uint Version = 2 | (4 << 16);
    const uint SnapLength = 262_144;
    const uint Ethernet = 1;
    const int HeaderBytes = 24;
    const int FrameHeaderBytes = 16;
    const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Writes a file of these frames, replacing what was there.</summary>
    public static void Write(string path, params IEnumerable<CapturedFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20);
        Words(file, NanosecondMagic, Version, 0, 0, SnapLength, Ethernet);
        foreach (CapturedFrame frame in frames)
        {
            (long seconds, long nanoseconds) = Math.DivRem(frame.Nanoseconds, NanosecondsPerSecond);
            Words(file, (uint)seconds, (uint)nanoseconds, (uint)frame.Bytes.Length, (uint)frame.WireLength);
            file.Write(frame.Bytes);
        }
    }

    /// <summary>The frames of a file.</summary>
    /// <exception cref="InvalidDataException">Another format, or the file ends within a frame.</exception>
    public static List<CapturedFrame> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < HeaderBytes || Word(file, 0) != NanosecondMagic || Word(file, 20) != Ethernet)
        {
            throw new InvalidDataException($"{path} is no pcap file of Ethernet frames with nanoseconds.");
        }

        List<CapturedFrame> frames = [];
        for (int at = HeaderBytes; at < file.Length;)
        {
            if (file.Length - at < FrameHeaderBytes || file.Length - at - FrameHeaderBytes < Word(file, at + 8))
            {
                throw new InvalidDataException($"{path} ends within frame {frames.Count + 1}.");
            }

            int length = (int)Word(file, at + 8);
            long time = (Word(file, at) * NanosecondsPerSecond) + Word(file, at + 4);
            int wire = (int)Word(file, at + 12);
            at += FrameHeaderBytes;
            frames.Add(new CapturedFrame(time, file[at..(at + length)], wire));
            at += length;
        }

        return frames;
    }

    static uint Word(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    static void Words(FileStream file, params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            file.Write(bytes);
        }
    }
}
