using System.Runtime.InteropServices;
using Conntrack.Tracking.Events;
using Conntrack.Tracking.Table;

namespace Conntrack.Tracking.Tests.Events;

/// <summary>A watched conversation: what its tables tell, read after every packet or later.</summary>
sealed unsafe class EventWatch : IDisposable
{
    readonly Conversation _conversation;

    public EventWatch(Conversation conversation)
    {
        _conversation = conversation;
        Ring = (EventRing*)NativeMemory.AlignedAlloc((nuint)sizeof(EventRing), 64);
        *Ring = default;
        Ring->Lines = (ConnectionEvent*)NativeMemory.AlignedAlloc(EventRing.Capacity * (nuint)sizeof(ConnectionEvent), 64);
        conversation.Connections4.View->Events = Ring;
        conversation.Connections6.View->Events = Ring;
    }

    public EventRing* Ring { get; }

    /// <summary>Everything told since the last call.</summary>
    public List<(EventKind Kind, ConnectionEnd? End, ulong LostBefore, ConnectionSnapshot Connection)> Read()
    {
        List<(EventKind, ConnectionEnd?, ulong, ConnectionSnapshot)> events = [];
        for (ConnectionEvent* line = EventRing.Next(Ring); line != null; line = EventRing.Next(Ring))
        {
            events.Add((line->Kind, line->Kind == EventKind.Ended ? line->End : null, line->LostBefore, ConnectionReader.OfEvent(line)));
            EventRing.Release(Ring);
        }

        return events;
    }

    public void Dispose()
    {
        _conversation.Connections4.View->Events = null;
        _conversation.Connections6.View->Events = null;
        NativeMemory.AlignedFree(Ring->Lines);
        NativeMemory.AlignedFree(Ring);
    }
}
