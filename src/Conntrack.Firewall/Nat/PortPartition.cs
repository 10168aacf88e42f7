using System.Diagnostics;

namespace Conntrack.Firewall.Nat;

/// <summary>
/// The ports a worker may choose for translated connections: every count-th. Workers that choose from parts of their own never choose the same
/// reply for two connections, without asking each other. A port that a connection brings along, or that a rule names alone, is nobody's part.
/// </summary>
/// <remarks>The default is the only worker's: all ports.</remarks>
public readonly struct PortPartition
{
    readonly ushort _index;
    readonly ushort _othersCount;

    /// <param name="worker">Number of the worker, from 0.</param>
    /// <param name="workers">How many there are, at least one.</param>
    public PortPartition(int worker, int workers)
    {
        Debug.Assert(worker >= 0 && worker < workers && workers <= ushort.MaxValue, "No such worker.");
        _index = (ushort)worker;
        _othersCount = (ushort)(workers - 1);
    }

    /// <summary>Ports from one part port to the next.</summary>
    public uint Stride => _othersCount + 1u;

    /// <summary>Ports of a range that are the worker's.</summary>
    public uint CountIn(uint first, uint last)
    {
        uint own = FirstFrom(first);
        return own > last ? 0 : ((last - own) / Stride) + 1;
    }

    /// <summary>The <paramref name="n"/>-th of them, from 0.</summary>
    public uint At(uint first, uint n) => FirstFrom(first) + (n * Stride);

    uint FirstFrom(uint first) => first + ((_index + Stride - (first % Stride)) % Stride);
}
