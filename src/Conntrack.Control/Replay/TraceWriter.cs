using System.Buffers.Text;
using System.Text.Json;
using Conntrack.RouterOs.Connections;

namespace Conntrack.Control.Replay;

/// <summary>Writes <c>--trace</c>: one JSON object a line, keys always in the same order.</summary>
public sealed class TraceWriter : IDisposable
{
    static readonly JsonEncodedText s_time = JsonEncodedText.Encode("time");
    static readonly JsonEncodedText s_inInterface = JsonEncodedText.Encode("in-interface");
    static readonly JsonEncodedText s_number = JsonEncodedText.Encode("number");
    static readonly JsonEncodedText s_connectionState = JsonEncodedText.Encode("connection-state");
    static readonly JsonEncodedText s_path = JsonEncodedText.Encode("path");
    static readonly JsonEncodedText s_verdict = JsonEncodedText.Encode("verdict");
    static readonly JsonEncodedText s_reason = JsonEncodedText.Encode("reason");
    static readonly JsonEncodedText s_outInterface = JsonEncodedText.Encode("out-interface");
    static readonly JsonEncodedText s_rules = JsonEncodedText.Encode("rules");

    readonly JsonStream _stream;

    /// <param name="stream">Where to; stays open when the writer is disposed.</param>
    public TraceWriter(Stream stream) => _stream = new JsonStream(stream);

    public void Write(TraceRecord record)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(record.Time, TimeSpan.Zero);
        Utf8JsonWriter json = _stream.Json;
        json.WriteStartObject();
        json.WritePropertyName(s_time);
        WriteTime(json, record.Time);
        json.WriteString(s_inInterface, record.InInterface);
        json.WriteNumber(s_number, record.Number);
        if (record.ConnectionState is { } state)
        {
            json.WriteString(s_connectionState, state.Word());
        }

        json.WriteString(s_path, record.Path.Word());
        json.WriteString(s_verdict, record.Verdict.Word());
        if (record.Reason.Length > 0)
        {
            json.WriteString(s_reason, record.Reason);
        }

        if (record.OutInterface is not null)
        {
            json.WriteString(s_outInterface, record.OutInterface);
        }

        json.WriteStartArray(s_rules);
        foreach (string rule in record.Rules)
        {
            json.WriteStringValue(rule);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        _stream.EndValue("\n"u8);
    }

    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();

    /// <summary>Six decimals, always and rounded down: 1.25 s is <c>1.250000</c>, which no JSON number type would write.</summary>
    static void WriteTime(Utf8JsonWriter json, TimeSpan time)
    {
        const int decimals = 6;
        long microseconds = time.Ticks / TimeSpan.TicksPerMicrosecond;
        Span<byte> text = stackalloc byte[32];
        Utf8Formatter.TryFormat(microseconds / 1_000_000, text, out int length);
        text[length++] = (byte)'.';
        Utf8Formatter.TryFormat(microseconds % 1_000_000, text[length..], out _, new('D', decimals));
        json.WriteRawValue(text[..(length + decimals)], skipInputValidation: true);
    }
}
