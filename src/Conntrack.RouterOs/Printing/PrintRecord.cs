namespace Conntrack.RouterOs.Printing;

/// <summary>RouterOS's print of a menu that holds one set of settings: a property a line, the names right-aligned before a colon.</summary>
public static class PrintRecord
{
    const int Indent = 2;

    public static void Write(TextWriter writer, IReadOnlyCollection<(string Name, string Value)> properties)
    {
        int width = properties.Count == 0 ? 0 : Indent + properties.Max(static property => property.Name.Length);
        foreach ((string name, string value) in properties)
        {
            writer.WriteLine($"{name.PadLeft(width)}: {value}");
        }
    }
}
