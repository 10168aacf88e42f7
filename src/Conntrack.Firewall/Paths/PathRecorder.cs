using System.Runtime.InteropServices;

namespace Conntrack.Firewall.Paths;

/// <summary>Writes down a packet's way through a chain while it is evaluated. Lives on the stack.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct PathRecorder
{
    public uint Count;

    /// <summary>The next packet of the same connection may go another way, or there are more rules on it than a path holds.</summary>
    public bool IsVolatile;

    public fixed uint Slots[RulePath.MostRules];
    public fixed uint Rules[RulePath.MostRules];

    /// <summary>
    /// What stays as it is for a connection's packets of one direction, as long as rules and routes do. Everything else, packet sizes, TCP flags,
    /// limits, lists that change while the router runs, is asked about packet by packet.
    /// </summary>
    const ulong Lasting =
        (1ul << (int)ConditionKind.SrcAddressType) | (1ul << (int)ConditionKind.DstAddressType) | (1ul << (int)ConditionKind.Port)
        | (1ul << (int)ConditionKind.MappedState)
        | (1ul << (int)ConditionKind.ConnectionMark) | (1ul << (int)ConditionKind.PerConnectionClassifier) | (1ul << (int)ConditionKind.Never);

    /// <summary>Notes that a condition was asked about.</summary>
    public void Asked(ConditionKind kind) => IsVolatile |= (Lasting >> (int)kind & 1) == 0;

    /// <summary>Notes a rule that counted the packet.</summary>
    public void Add(uint slot, uint rule)
    {
        if (Count == RulePath.MostRules)
        {
            IsVolatile = true;
            return;
        }

        Slots[Count] = slot;
        Rules[Count++] = rule;
    }

    /// <summary>Brings the rules from <paramref name="first"/> on into the order of their chain.</summary>
    public void SortFrom(uint first)
    {
        for (uint i = first + 1; i < Count; i++)
        {
            (uint slot, uint rule) = (Slots[i], Rules[i]);
            uint at = i;
            for (; at > first && Rules[at - 1] > rule; at--)
            {
                Slots[at] = Slots[at - 1];
                Rules[at] = Rules[at - 1];
            }

            Slots[at] = slot;
            Rules[at] = rule;
        }
    }
}
