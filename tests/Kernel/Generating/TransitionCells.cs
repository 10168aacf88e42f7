using System.Globalization;
using System.Text;
using Conntrack.Kernel.Comparing;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Tcp;

namespace Conntrack.Kernel.Generating;

/// <summary>
/// How often a run went through each legal cell of <see cref="TcpTransitions"/>, as seen in the kernel's table: the state before a segment,
/// its direction, its kind.
/// </summary>
sealed class TransitionCells
{
    const int Kinds = 5;
    const int States = 10;

    readonly long[,,] _counts = new long[2, States, Kinds];

    /// <summary>Counts one segment. A segment with a bad checksum or no entry and no chance to open one is no transition.</summary>
    public void Count(EntryKey tuple, byte flags, ConnectionStateOfPacket state, Func<EntryKey, Entry?> before)
    {
        int kind = (int)TcpTransitions.Classify(flags);
        if (kind >= Kinds || state == ConnectionStateOfPacket.None)
        {
            return;
        }

        if (before(tuple) is Entry original)
        {
            _counts[0, original.State ?? 0, kind]++;
        }
        else if (before(tuple.Reversed()) is Entry reply)
        {
            _counts[1, reply.State ?? 0, kind]++;
        }
        else
        {
            _counts[0, 0, kind]++;
        }
    }

    /// <summary>Legal cells, and how often each was gone through.</summary>
    public IEnumerable<(string Cell, long Count)> Legal()
    {
        for (int direction = 0; direction < 2; direction++)
        {
            for (int state = 0; state < States; state++)
            {
                for (int kind = 0; kind < Kinds; kind++)
                {
                    if (TcpTransitions.Next(direction, (byte)state, (TcpKind)kind) != TcpTransitions.Invalid)
                    {
                        yield return ($"{(direction == 0 ? "original" : "reply")} {(TcpState)state} {(TcpKind)kind}", _counts[direction, state, kind]);
                    }
                }
            }
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine("                           SYN  SYN,ACK      FIN      ACK      RST");
        for (int direction = 0; direction < 2; direction++)
        {
            for (int state = 0; state < States; state++)
            {
                if (direction == 1 && state == 0)
                {
                    continue;
                }

                text.Append(CultureInfo.InvariantCulture, $"  {(direction == 0 ? "original" : "reply"),-9}{(TcpState)state,-12}");
                for (int kind = 0; kind < Kinds; kind++)
                {
                    bool legal = TcpTransitions.Next(direction, (byte)state, (TcpKind)kind) != TcpTransitions.Invalid;
                    text.Append(CultureInfo.InvariantCulture, $"{_counts[direction, state, kind],8}{(legal ? ' ' : '-')}");
                }

                text.AppendLine();
            }
        }

        return text.ToString();
    }
}
