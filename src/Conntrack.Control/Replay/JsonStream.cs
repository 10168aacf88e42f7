using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Conntrack.Control.Replay;

/// <summary>
/// JSON values one behind the other on a stream, with what stands between them left to the caller. Written to the stream in pieces of about
/// 64 KiB, so that a line costs no system call and a list of a million connections no memory.
/// </summary>
sealed class JsonStream : IDisposable
{
    const int FlushAt = 64 * 1024;

    readonly Stream _stream;
    readonly ArrayBufferWriter<byte> _buffer = new(FlushAt + 4096);

    public JsonStream(Stream stream)
    {
        _stream = stream;

        // The default encoder escapes for HTML; a file of JSON keeps the letters of a name.
        Json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>The writer of the value under way; <see cref="EndValue"/> finishes it.</summary>
    public Utf8JsonWriter Json { get; }

    public void EndValue(ReadOnlySpan<byte> terminator = default)
    {
        Json.Flush();
        Json.Reset();
        Raw(terminator);
    }

    public void Raw(ReadOnlySpan<byte> text)
    {
        _buffer.Write(text);
        if (_buffer.WrittenCount >= FlushAt)
        {
            FlushBuffer();
        }
    }

    public void Flush()
    {
        FlushBuffer();
        _stream.Flush();
    }

    /// <summary>Leaves the stream open.</summary>
    public void Dispose()
    {
        Flush();
        Json.Dispose();
    }

    void FlushBuffer()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
