using Conntrack.Testing;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>TCP segments between one client and one server, by the names of their flags.</summary>
static class Segments
{
    static readonly Dictionary<string, int> s_flags = new()
    {
        ["FIN"] = 1, ["SYN"] = 2, ["RST"] = 4, ["PSH"] = 8, ["ACK"] = 16, ["URG"] = 32, ["ECE"] = 64, ["CWR"] = 128, ["none"] = 0,
    };

    /// <summary>The flags byte of names apart by commas.</summary>
    public static int Bits(string flags) => flags.Split(',').Sum(flag => s_flags[flag]);

    /// <summary><c>&gt;</c> from the client, <c>&lt;</c> from the server. Without options and payload a segment is a packet of 40 bytes.</summary>
    public static Frame Of(
        string direction, int flags, uint sequence, uint acknowledgment, int window = 64240, byte[]? options = null, int length = 0)
    {
        Frame frame = direction == ">"
            ? new Frame().Ipv4("192.0.2.1", "198.51.100.2").Tcp(40000, 80, flags, sequence, acknowledgment, window, options)
            : new Frame().Ipv4("198.51.100.2", "192.0.2.1").Tcp(80, 40000, flags, sequence, acknowledgment, window, options);
        return frame.Data(length);
    }

    /// <summary>As the connection list prints them: S seen-reply, A assured, C confirmed, D dying.</summary>
    public static string Letters(ConnectionFlags flags) => string.Concat(
        new (ConnectionFlags Flag, char Letter)[]
        {
            (ConnectionFlags.Expected, 'E'), (ConnectionFlags.SeenReply, 'S'), (ConnectionFlags.Assured, 'A'), (ConnectionFlags.Confirmed, 'C'),
            (ConnectionFlags.Dying, 'D'), (ConnectionFlags.FastTrack, 'F'), (ConnectionFlags.SrcNat, 's'),
            (ConnectionFlags.DstNat, 'd'),
        }.Where(flag => (flags & flag.Flag) != 0).Select(flag => flag.Letter));

    /// <summary>The machine's own word: syn-sent2 is the simultaneous open that lists print as syn-sent.</summary>
    public static string Word(byte state) => (TcpState)state switch
    {
        TcpState.None => "none",
        TcpState.SynSent => "syn-sent",
        TcpState.SynReceived => "syn-received",
        TcpState.Established => "established",
        TcpState.FinWait => "fin-wait",
        TcpState.CloseWait => "close-wait",
        TcpState.LastAck => "last-ack",
        TcpState.TimeWait => "time-wait",
        TcpState.Close => "close",
        TcpState.SynSent2 => "syn-sent2",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>Seconds, or <c>4m59s</c>-like words for the long ones.</summary>
    public static string Words(TimeSpan timeout) =>
        timeout.TotalSeconds < 60 ? FormattableString.Invariant($"{timeout.TotalSeconds:0.######}s")
        : timeout == TimeSpan.FromDays(1) ? "1d"
        : timeout.TotalHours >= 1 ? FormattableString.Invariant($"{(int)timeout.TotalHours}h{timeout.Minutes}m{timeout.Seconds}s")
        : timeout.Seconds == 0 ? FormattableString.Invariant($"{timeout.Minutes}m")
        : FormattableString.Invariant($"{timeout.Minutes}m{timeout.Seconds}s");
}
