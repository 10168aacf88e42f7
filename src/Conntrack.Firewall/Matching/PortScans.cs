using System.Runtime.InteropServices;
using Conntrack.Memory;

namespace Conntrack.Firewall.Matching;

/// <summary>Who asked for which ports lately: psd. Shared by all workers, since a scan is spread over them, and of a fixed size.</summary>
/// <remarks>
/// A place is one line. A worker that finds it taken by another this instant does not wait: the packet then goes uncounted. The ports that
/// are remembered are the latest 22; of more, one asked for again counts again.
/// <code>
///  0 mask (4)   4 … 64 spare   64 places: key (8), tick of the latest port (4), taken (4), ports (22 × 2), weight (2), count (2)
/// </code></remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct PortScans
{
    const int Ways = 4;
    const int Room = 22;
    const ushort Privileged = 1024;

    [FieldOffset(0)] uint _mask;

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    struct Place
    {
        [FieldOffset(0)] public ulong Key;
        [FieldOffset(8)] public uint Latest;
        [FieldOffset(12)] public int Taken;
        [FieldOffset(16)] public fixed ushort Ports[Room];
        [FieldOffset(60)] public ushort Weight;
        [FieldOffset(62)] public ushort Count;
    }

    /// <summary>Bytes for so many places, a power of two.</summary>
    public static nuint Bytes(uint places) => 64 + ((nuint)places * 64);

    /// <summary>Of zeroed memory.</summary>
    public static void Initialize(PortScans* scans, uint places) => scans->_mask = places - 1;

    /// <summary>Whether this port makes its asker a scanner.</summary>
    internal static bool Asks(PortScans* scans, ulong key, ushort port, ulong now, Condition* condition)
    {
        key |= 1;
        uint tick = Timestamp.Tick(now);
        Place* first = (Place*)((byte*)scans + 64) + ((uint)(key >> 32) & scans->_mask & ~(uint)(Ways - 1));
        Place* place = first;
        for (Place* other = first; other < first + Ways; other++)
        {
            if (other->Key == key)
            {
                place = other;
                break;
            }

            place = other->Key == 0 || (place->Key != 0 && (int)(place->Latest - other->Latest) > 0) ? other : place;
        }

        if (Interlocked.CompareExchange(ref place->Taken, 1, 0) != 0)
        {
            return false;
        }

        if (place->Key != key || tick - place->Latest > condition->FirstValue)
        {
            place->Key = key;
            place->Weight = 0;
            place->Count = 0;
        }

        place->Latest = tick;
        if (!Remembers(place, port))
        {
            place->Ports[place->Count % Room] = port;
            place->Count++;
            ushort weight = (ushort)(port < Privileged ? condition->Middle : condition->Middle >> 16);
            place->Weight = (ushort)Math.Min(place->Weight + weight, ushort.MaxValue);
        }

        bool scanning = place->Weight >= condition->Small;
        Volatile.Write(ref place->Taken, 0);
        return scanning;
    }

    static bool Remembers(Place* place, ushort port)
    {
        int count = Math.Min((int)place->Count, Room);
        for (int i = 0; i < count; i++)
        {
            if (place->Ports[i] == port)
            {
                return true;
            }
        }

        return false;
    }
}
