namespace Conntrack.RouterOs.Tests.Language;

/// <summary>The rule examples of RouterOS's manual, "Connection tracking", to the letter: a slash and a quote are missing there.</summary>
static class ChapterExamples
{
    public const string First = """
        ip firewall filter
        add chain=input connection-state=invalid action=drop comment="Drop Invalid connections"
        add chain=input connection-state=established,related,untracked action=accept comment="Allow Established/Related/Untracked connections

        """;

    public const string Second = """
        /ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
        /ip firewall filter add chain=forward action=accept connection-state=established,related
        """;
}
