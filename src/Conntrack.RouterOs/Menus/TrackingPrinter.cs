using System.Globalization;
using System.Text.Json;
using Conntrack.RouterOs.Printing;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>Prints <c>/ip firewall connection tracking</c>.</summary>
public static class TrackingPrinter
{
    /// <summary>Every property with its value as printed, what cannot be set included.</summary>
    public static IReadOnlyList<(string Name, string Value)> Properties(TrackingSettings settings, TrackingStatus status)
    {
        List<(string Name, string Value)> shown = [];
        foreach (MenuProperty<TrackingSettings> property in TrackingMenu.Properties.Properties)
        {
            shown.Add((property.Name, property.Name switch
            {
                "enabled" => property.Text(settings) ?? "auto",
                "max-entries" => Number(status.MaxEntries),
                _ => property.Text(settings)!,
            }));
            if (property.Name == "enabled")
            {
                shown.Add(("active-ipv4", YesNo(status.ActiveIpv4)));
                shown.Add(("active-ipv6", YesNo(status.ActiveIpv6)));
            }
        }

        shown.Add(("total-entries", Number(status.TotalIp4Entries + status.TotalIp6Entries)));
        shown.Add(("total-ip4-entries", Number(status.TotalIp4Entries)));
        shown.Add(("total-ip6-entries", Number(status.TotalIp6Entries)));
        shown.Add(("reserved-entries", Number(status.ReservedEntries)));
        shown.Add(("evicted-half-open", Number(status.EvictedHalfOpen)));
        shown.Add(("evicted-unassured", Number(status.EvictedUnassured)));
        shown.Add(("evicted-idle", Number(status.EvictedIdle)));
        shown.Add(("evicted-own", Number(status.EvictedOwn)));
        shown.Add(("refused", Number(status.Refused)));
        return shown;
    }

    /// <summary>Prints the record, or with <see cref="PrintForm.AsValue"/> the array a script gets.</summary>
    public static void Print(TextWriter writer, TrackingSettings settings, TrackingStatus status, PrintForm form)
    {
        IReadOnlyList<(string Name, string Value)> properties = Properties(settings, status);
        if (form == PrintForm.AsValue)
        {
            writer.WriteLine(string.Join(';', properties
                .OrderBy(static property => property.Name, StringComparer.Ordinal)
                .Select(static property => $"{property.Name}={property.Value}")));
        }
        else
        {
            PrintRecord.Write(writer, properties);
        }
    }

    /// <summary>One object; yes and no are booleans, counts are numbers, times are RouterOS's text.</summary>
    public static void WriteJson(Utf8JsonWriter json, TrackingSettings settings, TrackingStatus status)
    {
        json.WriteStartObject();
        foreach ((string name, string value) in Properties(settings, status))
        {
            if (name == "refused" || name.EndsWith("-entries", StringComparison.Ordinal) || name.StartsWith("evicted-", StringComparison.Ordinal))
            {
                json.WriteNumber(name, ulong.Parse(value, CultureInfo.InvariantCulture));
            }
            else if (name != "enabled" && value is ("yes" or "no"))
            {
                json.WriteBoolean(name, value == "yes");
            }
            else
            {
                json.WriteString(name, value);
            }
        }

        json.WriteEndObject();
    }

    static string YesNo(bool value) => CommonGrammars.YesNo.Format(value);

    static string Number(ulong value) => NumberText.Plain(value);
}
