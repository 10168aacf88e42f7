using Conntrack.Packets;

namespace Conntrack.Dataplane.Tests;

/// <summary>
/// Reassembly written for being obviously what the kernel does, nothing shared with the product: of a datagram a map of its bytes, and
/// the runs in which they came.
/// </summary>
sealed class PlainReassembler
{
    readonly Dictionary<string, Incomplete> _datagrams = [];

    /// <summary>What was given up for its time, in fragments.</summary>
    public int TimedOut { get; private set; }

    public int Held => _datagrams.Values.Sum(datagram => datagram.Fragments);

    /// <summary>Returns the reason of a drop, and the payload when the datagram is whole.</summary>
    public (DropReason Reason, byte[]? Payload) Add(string name, bool isIpv4, int offset, byte[] data, bool more, TimeSpan time)
    {
        Expire(time);
        Incomplete datagram = _datagrams.GetValueOrDefault(name) ?? new Incomplete(time + TimeSpan.FromSeconds(isIpv4 ? 30 : 60));
        if (more && data.Length % 8 != 0)
        {
            if (!isIpv4)
            {
                _datagrams.Remove(name);
                return (DropReason.BadFragment, null);
            }

            data = data[..(data.Length / 8 * 8)];
        }

        int end = offset + data.Length;
        bool contradicts = more ? datagram.HasEnd && end > datagram.Length : end < datagram.Length || (datagram.HasEnd && end != datagram.Length);
        bool beyond = end > ushort.MaxValue - (isIpv4 ? 20 : 0);
        if (contradicts || beyond || data.Length == 0)
        {
            if (isIpv4)
            {
                _datagrams.Remove(name);
            }

            return (DropReason.BadFragment, null);
        }

        if (Enumerable.Range(offset, data.Length).Any(datagram.Bytes.ContainsKey))
        {
            if (datagram.Runs.Any(run => run.From <= offset && end <= run.To))
            {
                return (DropReason.FragmentDuplicate, null);
            }

            _datagrams.Remove(name);
            return (DropReason.FragmentOverlap, null);
        }

        // Only what comes at the very end continues a run; the rest begins one of its own, also beside another.
        int last = datagram.Runs.Count == 0 ? -1 : datagram.Runs.Max(run => run.To);
        if (offset == last)
        {
            int run = datagram.Runs.FindIndex(run => run.To == last);
            datagram.Runs[run] = (datagram.Runs[run].From, end);
        }
        else
        {
            datagram.Runs.Add((offset, end));
        }

        for (int i = 0; i < data.Length; i++)
        {
            datagram.Bytes[offset + i] = data[i];
        }

        datagram.Fragments++;
        datagram.HasEnd |= !more;
        datagram.Length = Math.Max(datagram.Length, end);
        _datagrams[name] = datagram;
        if (!datagram.HasEnd || datagram.Bytes.Count != datagram.Length)
        {
            return (DropReason.None, null);
        }

        _datagrams.Remove(name);
        return (DropReason.None, [.. datagram.Bytes.OrderBy(pair => pair.Key).Select(pair => pair.Value)]);
    }

    public void Expire(TimeSpan time)
    {
        foreach ((string name, Incomplete datagram) in _datagrams.Where(pair => pair.Value.Deadline <= time).ToList())
        {
            TimedOut += datagram.Fragments;
            _datagrams.Remove(name);
        }
    }

    sealed class Incomplete(TimeSpan deadline)
    {
        public TimeSpan Deadline { get; } = deadline;

        public Dictionary<int, byte> Bytes { get; } = [];

        public List<(int From, int To)> Runs { get; } = [];

        public int Fragments { get; set; }

        public int Length { get; set; }

        public bool HasEnd { get; set; }
    }
}
