using System.Net;
using Conntrack.Native;

namespace Conntrack.Dataplane.Hosting.Routing;

/// <summary>Prefixes of one family in one routing table and the numbers of their next hops.</summary>
sealed class Prefixes : Dictionary<(IPAddress Prefix, int Length), ushort>;

/// <summary>
/// The forwarding table of one family in one routing table, twice: workers look things up in one while the other is brought up to date, then
/// they change places. What a change costs follows the routes it touches and not those there are.
/// </summary>
/// <remarks>
/// The side not in use may be written as soon as no worker can see an image that points to it, which is when the publication after it has
/// been acknowledged. DPDK's tables allow no reader beside a writer that frees: a group of a direct table would be found with another prefix in it.
/// </remarks>
sealed class ForwardingTables(bool isIpv6) : IDisposable
{
    /// <summary>
    /// From so many prefixes on the direct table is worth its 32 MB: up to there a tree of them lies in the first-level cache.
    /// </summary>
    const int DenseFrom = 64;

    readonly Side?[] _sides = new Side?[2];
    int _current;
    int _prepared;

    /// <summary>
    /// A side that holds exactly these prefixes, null when there are none. It is the one to publish; what is published stays untouched, and so
    /// it does when this fails or nothing comes of it.
    /// </summary>
    /// <exception cref="NativeException">No memory.</exception>
    public ForwardingTable? Prepare(Prefixes wanted)
    {
        _prepared = _current;
        if (_sides[_current] is { } current && current.Holds(wanted))
        {
            return current.Table;
        }

        int other = 1 - _current;
        if (_sides[other] is { } outgrown && !outgrown.HasRoomFor(wanted.Count))
        {
            Drop(other);
        }

        if (wanted.Count != 0 || _sides[other] is not null)
        {
            try
            {
                (_sides[other] ??= new Side(isIpv6, wanted.Count)).Become(wanted);
            }
            catch
            {
                Drop(other);
                throw;
            }
        }

        _prepared = other;
        return _sides[other]?.Table;
    }

    /// <summary>What was prepared is published.</summary>
    public void Commit() => _current = _prepared;

    /// <inheritdoc/>
    public void Dispose()
    {
        _sides[0]?.Dispose();
        _sides[1]?.Dispose();
    }

    void Drop(int side)
    {
        _sides[side]?.Dispose();
        _sides[side] = null;
    }

    sealed class Side(bool isIpv6, int prefixes) : IDisposable
    {
        readonly Prefixes _held = [];

        public ForwardingTable Table { get; } = new(isIpv6, prefixes >= DenseFrom, Room(prefixes));

        public bool Holds(Prefixes wanted) =>
            _held.Count == wanted.Count && wanted.All(entry => _held.TryGetValue(entry.Key, out ushort hop) && hop == entry.Value);

        /// <summary>A tree that has become a forest of many is replaced, and so is a table far too large or too small.</summary>
        public bool HasRoomFor(int count) => count <= Table.Routes && (Table.IsDense || count < DenseFrom * 2);

        public void Become(Prefixes wanted)
        {
            Span<byte> bytes = stackalloc byte[16];
            foreach ((IPAddress Prefix, int Length) key in _held.Keys.Where(key => !wanted.ContainsKey(key)).ToList())
            {
                key.Prefix.TryWriteBytes(bytes, out int written);
                Table.Unset(bytes[..written], key.Length);
                _held.Remove(key);
            }

            foreach (((IPAddress Prefix, int Length) key, ushort hop) in wanted)
            {
                if (!_held.TryGetValue(key, out ushort before) || before != hop)
                {
                    key.Prefix.TryWriteBytes(bytes, out int written);
                    Table.Set(bytes[..written], key.Length, hop);
                    _held[key] = hop;
                }
            }
        }

        public void Dispose() => Table.Dispose();

        static uint Room(int count) => (uint)Math.Max(1024, count + (count / 2));
    }
}
