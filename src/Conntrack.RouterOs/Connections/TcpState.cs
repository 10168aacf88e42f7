using Conntrack.RouterOs.Printing;

namespace Conntrack.RouterOs.Connections;

/// <summary>The state of a TCP connection as the connection list shows it.</summary>
public enum TcpState : byte
{
    None,
    SynSent,
    SynReceived,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,
}

/// <summary>The words of <see cref="TcpState"/>.</summary>
public static class TcpStateWords
{
    static readonly string[] s_words =
        ["none", "syn-sent", "syn-received", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close"];

    public static string Word(this TcpState state) => s_words[(int)state];

    public static bool TryParse(ReadOnlySpan<char> word, out TcpState state)
    {
        int index = WordTable.IndexOf(s_words, word);
        state = index < 0 ? default : (TcpState)index;
        return index >= 0;
    }
}
