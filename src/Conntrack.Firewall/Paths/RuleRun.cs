using System.Runtime.CompilerServices;
using Conntrack.Packets;

namespace Conntrack.Firewall.Paths;

/// <summary>
/// Packets of a burst that go the same way one after the other: counted for its rules together, when one of them goes another way. Lives in a
/// stage's loop; <see cref="End"/> is due before the burst is over.
/// </summary>
public unsafe struct RuleRun(RuleMemory* memory)
{
    readonly RulePaths* _paths = memory->Paths;
    readonly RuleCounters* _counters = memory->Counters;
    RulePath* _path;
    uint _packets;
    ulong _bytes;
    uint _entry;

    /// <summary>Takes a packet along the way that its connection remembers, if it is the packet's and lets it pass without further ado.</summary>
    /// <param name="chain">The chain; of the packet's family.</param>
    /// <param name="packet">Of an established connection, and none that is only about it.</param>
    /// <param name="remembered">Number of a way, 0 for none: of the connection's direction and these rules.</param>
    /// <param name="mark">The connection's mark.</param>
    /// <returns>False when the packet has to be evaluated by itself.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(RuleChain chain, Packet* packet, uint remembered, ushort mark)
    {
        RulePath* path = RulePaths.At(_paths, remembered);
        if (path->Key != RulePath.KeyOf(chain, packet, mark))
        {
            return false;
        }

        if (path != _path)
        {
            if (!path->Verdict.IsPlain)
            {
                return false;
            }

            End();
            _path = path;
            _entry = path->Verdict.Entry;
        }

        _packets++;
        _bytes += packet->IpLength;
        packet->Rule = _entry;
        return true;
    }

    /// <summary>Writes a packet's rules down that has just been taken.</summary>
    public readonly void Trace(RuleTrace* trace)
    {
        if (trace != null)
        {
            RulePath.Trace(_path, trace);
        }
    }

    /// <summary>Counts the packets taken since the last call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End()
    {
        if (_packets != 0)
        {
            RulePath.CountOn(_path, _packets, _bytes, _counters);
            _packets = 0;
            _bytes = 0;
        }
    }
}
