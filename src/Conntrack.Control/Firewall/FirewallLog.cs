using System.Globalization;
using Conntrack.Dataplane.Hosting;
using Conntrack.Firewall;

namespace Conntrack.Control.Firewall;

/// <summary>
/// Reads what the workers' rules log and writes it out. What comes faster than <see cref="MostLines"/> is lost, here or in a worker's ring,
/// and once a second how much that was is said in its place: a flood of packets never becomes a flood of text.
/// </summary>
/// <param name="dataplane">Whose workers log.</param>
/// <param name="names">What rules call chains and prefixes by.</param>
/// <param name="interfaceName">Name of an interface's number.</param>
/// <param name="write">Takes a line; called by the thread that calls <see cref="Drain"/>.</param>
sealed class FirewallLog(DataplaneHost dataplane, RuleNames names, Func<ushort, string?> interfaceName, Action<string> write)
{
    /// <summary>Lines a second.</summary>
    public const int MostLines = 1000;

    static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    readonly List<RuleLogRecord> _waiting = [];
    TimeSpan _begin;
    int _written;
    ulong _lostHere, _lostThere;

    /// <summary>Reads all there is.</summary>
    /// <param name="now">On any clock that runs; a line more than allowed is lost.</param>
    public void Drain(TimeSpan now)
    {
        if (now - _begin >= s_second)
        {
            TellLost();
            _begin = now;
            _written = 0;
        }

        for (int worker = 0; worker < dataplane.Options.Workers; worker++)
        {
            while (dataplane.TryReadLog(worker, out RuleLogRecord record))
            {
                _waiting.Add(record);
            }
        }

        // By packets, and by chains within one: a burst goes through the chains as a whole, and there may be several workers.
        foreach (RuleLogRecord record in _waiting.OrderBy(static record => record.Time).ThenBy(static record => record.Number))
        {
            if (_written == MostLines)
            {
                _lostHere++;
                continue;
            }

            _written++;
            write(LoggedPacket.Line(record, names, interfaceName));
        }

        _waiting.Clear();
    }

    /// <summary>Says how many packets were logged and not written since it was last said.</summary>
    public void TellLost()
    {
        ulong there = dataplane.LostLogRecords();
        ulong lost = _lostHere + unchecked(there - _lostThere);
        _lostThere = there;
        _lostHere = 0;
        if (lost != 0)
        {
            write(string.Create(CultureInfo.InvariantCulture, $"{lost} more packets were to be logged and are not: no more than {MostLines} lines a second"));
        }
    }
}
