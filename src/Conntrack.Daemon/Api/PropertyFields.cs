using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Conntrack.Daemon.Api;

/// <summary>
/// Messages whose fields are a menu's properties: <c>udp-timeout</c> is the field <c>udp_timeout</c>. Values go back and forth as the text
/// a script would hold.
/// </summary>
static class PropertyFields
{
    public static string FieldOf(string property) => property.Replace('-', '_');

    public static string PropertyOf(string field) => field.Replace('_', '-');

    /// <summary>Sets the field of a property from its text.</summary>
    /// <exception cref="InvalidOperationException">The message has no such field: menu and message have drifted apart.</exception>
    public static void Set(IMessage message, string property, string text)
    {
        FieldDescriptor field = message.Descriptor.FindFieldByName(FieldOf(property))
            ?? throw new InvalidOperationException($"{message.Descriptor.FullName} has no field for {property}");
        field.Accessor.SetValue(message, field.FieldType switch
        {
            FieldType.Bool => text == "yes",
            FieldType.UInt32 => uint.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
            FieldType.UInt64 => ulong.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
            _ => text,
        });
    }

    /// <summary>The text of a field that was given; null when it was not.</summary>
    public static string? Get(IMessage message, string property)
    {
        FieldDescriptor field = message.Descriptor.FindFieldByName(FieldOf(property));
        object value = field.Accessor.GetValue(message);
        bool given = field.HasPresence ? field.Accessor.HasValue(message) : value is not ("" or false);
        return !given ? null : value switch
        {
            bool flag => flag ? "yes" : "no",
            _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}
