using System.Buffers.Binary;

namespace Conntrack.Native.Tests;

/// <summary>A frame and its time; the fraction is in the unit of the file.</summary>
readonly record struct CapturedFrame(uint Seconds, uint Fraction, byte[] Frame);

/// <summary>Capture files made by hand, so that no reader or writer of ours stands on both sides.</summary>
static class CaptureFiles
{
    public const uint Ethernet = 1;

    const uint MicrosecondMagic = 0xa1b2c3d4;
    const uint NanosecondMagic = 0xa1b23c4d;
    const uint SnapLength = 262144;

    public static void WriteMicroseconds(string path, params ReadOnlySpan<CapturedFrame> frames) =>
        File.WriteAllBytes(path, Classic(MicrosecondMagic, Ethernet, frames));

    public static void WriteNanoseconds(string path, params ReadOnlySpan<CapturedFrame> frames) =>
        File.WriteAllBytes(path, Classic(NanosecondMagic, Ethernet, frames));

    public static void WriteLinkType(string path, uint linkType) => File.WriteAllBytes(path, Classic(MicrosecondMagic, linkType, []));

    /// <summary>The bytes our writer has to produce for these frames.</summary>
    public static byte[] Nanoseconds(params ReadOnlySpan<CapturedFrame> frames) =>
        Classic(NanosecondMagic, Ethernet, frames);

    static byte[] Classic(uint magic, uint linkType, ReadOnlySpan<CapturedFrame> frames)
    {
        List<byte> file = [.. Words(magic, 2 | 4 << 16, 0, 0, SnapLength, linkType)];
        foreach ((uint seconds, uint fraction, byte[] frame) in frames)
        {
            file.AddRange(Words(seconds, fraction, (uint)frame.Length, (uint)frame.Length));
            file.AddRange(frame);
        }

        return [.. file];
    }

    /// <summary>One Ethernet interface, if_tsresol 10^-9: section header, interface description, enhanced packets.</summary>
    public static void WritePcapng(string path, params ReadOnlySpan<(long TimeNs, byte[] Frame)> frames)
    {
        List<byte> file = [.. Words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, uint.MaxValue, uint.MaxValue, 28)];
        file.AddRange(Words(1, 32, Ethernet, SnapLength, 9 | 1 << 16, 9, 0, 32));
        foreach ((long time, byte[] frame) in frames)
        {
            byte[] padded = [.. frame, .. new byte[-frame.Length & 3]];
            uint length = (uint)(32 + padded.Length);
            file.AddRange(Words(6, length, 0, (uint)(time >> 32), (uint)time, (uint)frame.Length, (uint)frame.Length));
            file.AddRange(padded);
            file.AddRange(Words(length));
        }

        File.WriteAllBytes(path, [.. file]);
    }

    static byte[] Words(params ReadOnlySpan<uint> words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), words[i]);
        return bytes;
    }
}
