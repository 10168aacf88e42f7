using Conntrack.Tracking;

namespace Conntrack.Dataplane.Hosting;

/// <summary>
/// One connection of the whole dataplane, for as long as it lives: which worker, which of its two tables, which record, and which of the
/// record's lives. As a number it is what the user sees as <c>*HEX</c>.
/// </summary>
/// <remarks><code>
///  63        49   48    47          32 31         0
///  | worker (15) | IPv6 | generation  | record     |
/// </code></remarks>
public readonly record struct ConnectionIdentity(int Worker, bool IsIpv6, ushort Generation, uint Record)
{
    const int GenerationShift = 32;
    const int FamilyShift = 48;
    const int WorkerShift = 49;

    public ulong Value =>
        (ulong)Worker << WorkerShift | (IsIpv6 ? 1ul << FamilyShift : 0) | (ulong)Generation << GenerationShift | Record;

    public static ConnectionIdentity FromValue(ulong value) => new(
        (int)(value >> WorkerShift), (value >> FamilyShift & 1) != 0, (ushort)(value >> GenerationShift), (uint)value);
}

/// <summary>A connection as it was listed, and by what it is found again.</summary>
public readonly record struct LiveConnection(ConnectionIdentity Identity, ConnectionSnapshot Snapshot);
