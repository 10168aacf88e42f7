using Conntrack.RouterOs.Interfaces;

namespace Conntrack.Control.Routing;

/// <summary>
/// The dataplane's numbers of VLANs and bridges. A number stays an interface's for as long as it is there, since records and rules call it
/// so; a free one serves another interface not before the publication after next: until then a worker may still go by the image before.
/// </summary>
/// <param name="first">Behind the ports and the router itself.</param>
public sealed class InterfaceNumbers(ushort first)
{
    readonly Dictionary<InterfaceKey, ushort> _numbers = [];
    readonly Queue<ushort> _free = new();
    readonly List<ushort> _released = [];
    ushort _next = first;

    /// <summary>Begins another publication: the numbers of all but these are given back.</summary>
    public void Keep(IReadOnlySet<InterfaceKey> alive)
    {
        _released.ForEach(_free.Enqueue);
        _released.Clear();
        foreach (InterfaceKey gone in _numbers.Keys.Where(key => !alive.Contains(key)).ToList())
        {
            _released.Add(_numbers[gone]);
            _numbers.Remove(gone);
        }
    }

    public ushort Of(InterfaceKey key)
    {
        if (!_numbers.TryGetValue(key, out ushort number))
        {
            number = _free.TryDequeue(out ushort free) ? free : _next++;
            _numbers.Add(key, number);
        }

        return number;
    }
}
