using System.Text.Json;

namespace Conntrack.Control.Replay;

/// <summary>Writes <c>--stats</c>: one JSON object.</summary>
public static class ReplayStatsWriter
{
    /// <summary>Writes the object and a line end; <paramref name="stream"/> stays open.</summary>
    public static void Write(Stream stream, ReplayStats stats)
    {
        using var output = new JsonStream(stream);
        Utf8JsonWriter json = output.Json;
        json.WriteStartObject();
        json.WriteNumber("rx", stats.Rx);
        json.WriteNumber("generated", stats.Generated);
        json.WriteNumber("tx", stats.Tx);
        json.WriteNumber("consumed", stats.Consumed);
        json.WriteNumber("held", stats.Held);
        WriteCounts(json, "dropped", stats.Dropped);
        WriteInterfaces(json, stats.Interfaces);
        WriteRules(json, stats.Rules);
        WriteTracking(json, stats.Tracking);
        if (stats.Helpers.Count != 0)
        {
            WriteHelpers(json, stats.Helpers);
        }

        json.WriteEndObject();
        output.EndValue("\n"u8);
    }

    static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyList<NamedCount> counts)
    {
        json.WriteStartObject(name);
        foreach ((string key, ulong count) in counts)
        {
            json.WriteNumber(key, count);
        }

        json.WriteEndObject();
    }

    static void WriteInterfaces(Utf8JsonWriter json, IReadOnlyList<InterfaceStats> interfaces)
    {
        json.WriteStartObject("interfaces");
        foreach (InterfaceStats stats in interfaces)
        {
            json.WriteStartObject(stats.Name);
            json.WriteNumber("rx-packet", stats.RxPacket);
            json.WriteNumber("rx-byte", stats.RxByte);
            json.WriteNumber("tx-packet", stats.TxPacket);
            json.WriteNumber("tx-byte", stats.TxByte);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    static void WriteRules(Utf8JsonWriter json, IReadOnlyList<RuleStats> rules)
    {
        json.WriteStartArray("rules");
        foreach ((string rule, ulong packets, ulong bytes) in rules)
        {
            json.WriteStartObject();
            json.WriteString("rule", rule);
            json.WriteNumber("packets", packets);
            json.WriteNumber("bytes", bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void WriteTracking(Utf8JsonWriter json, TrackingStats tracking)
    {
        json.WriteStartObject("tracking");
        json.WriteNumber("max-entries", tracking.MaxEntries);
        json.WriteNumber("total-entries", tracking.TotalIp4Entries + tracking.TotalIp6Entries);
        json.WriteNumber("total-ip4-entries", tracking.TotalIp4Entries);
        json.WriteNumber("total-ip6-entries", tracking.TotalIp6Entries);
        json.WriteNumber("created", tracking.Created);
        WriteCounts(json, "removed", tracking.Removed);
        WriteCounts(json, "ended", tracking.Ended);
        WriteCounts(json, "refused", tracking.Refused);
        json.WriteNumber("reserved-entries", tracking.ReservedEntries);
        json.WriteEndObject();
    }

    static void WriteHelpers(Utf8JsonWriter json, IReadOnlyList<HelperStats> helpers)
    {
        json.WriteStartObject("helpers");
        foreach (HelperStats helper in helpers)
        {
            json.WriteStartObject(helper.Name);
            json.WriteNumber("parsed", helper.Parsed);
            json.WriteNumber("malformed", helper.Malformed);
            json.WriteNumber("expected", helper.Expected);
            json.WriteNumber("refused", helper.Refused);
            json.WriteNumber("rewritten", helper.Rewritten);
            json.WriteNumber("left-alone", helper.LeftAlone);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
