using System.Buffers.Binary;

namespace Conntrack.Daemon.Tests.Running;

/// <summary>Writes frames as a pcap file, a millisecond apart.</summary>
static class Capture
{
    public static void Write(string path, IReadOnlyList<byte[]> frames)
    {
        using FileStream file = File.Create(path);

        // Magic (microseconds), version 2.4, no correction, no accuracy, snap length, Ethernet.
        Words(file, 0xA1B2C3D4, 0x0004_0002, 0, 0, 262_144, 1);
        for (int i = 0; i < frames.Count; i++)
        {
            Words(file, (uint)(i / 1000), (uint)(i % 1000 * 1000), (uint)frames[i].Length, (uint)frames[i].Length);
            file.Write(frames[i]);
        }
    }

    static void Words(Stream stream, params ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            stream.Write(bytes);
        }
    }
}
