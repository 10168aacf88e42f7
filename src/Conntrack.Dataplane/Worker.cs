using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Stages;
using Conntrack.Firewall;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.Table;
using Conntrack.Tracking;

namespace Conntrack.Dataplane;

/// <summary>
/// One poll-mode worker: owns its receive queues, its tables and everything in them. Nothing here is touched by another thread except the
/// native memory it publishes its counters in.
/// </summary>
/// <remarks>
/// Life: created with its tables by the control thread; <see cref="Run"/> occupies a thread until it is asked to stop, or replay calls
/// <see cref="RunBurst"/> itself. After construction a worker allocates nothing, takes no lock, throws nothing and makes no system call
/// of its own; what a device's driver does inside a burst is the driver's.
/// </remarks>
public sealed unsafe class Worker : IDisposable
{
    /// <summary>Packets of a burst at most.</summary>
    public const int MaxBurst = 32;

    internal readonly int Index;
    internal readonly uint BurstSize;
    internal readonly DataplaneSettings* Settings;
    internal readonly WorkerState* State;
    internal readonly PortState* Ports;
    internal readonly PortCounters* PortCounters;
    internal readonly uint PortCount;
    internal readonly Mailbox* Mailbox;
    internal readonly Feed* Feed;
    internal readonly FlowHash* Hash;
    internal readonly Packet* Packets;
    internal readonly Mbuf** Scratch;
    internal readonly TransmitBuffer* Outgoing;
    internal readonly ConnectionTable<Connection4> Connections4;
    internal readonly ConnectionTable<Connection6> Connections6;
    internal readonly Pending* Pending;
    internal readonly Pending* Slow;
    internal readonly FlowCache<Connection4> Flows4;
    internal readonly FlowCache<Connection6> Flows6;
    internal readonly FragmentTable Fragments;
    internal readonly DataplaneClock Clock;
    internal readonly RuleCounters* RuleCounters;
    internal readonly NeighbourTable* Neighbours;
    internal readonly StationTable* Stations;

    /// <summary>Packets whose next hops have not answered yet.</summary>
    internal readonly NeighbourQueue Waiting;

    /// <summary>The rules this burst goes by; a newer edition is taken up at the start of the next one.</summary>
    internal RuleImage* Rules;

    /// <summary>The router of this burst, likewise.</summary>
    internal RouteImage* Routes;

    /// <summary>
    /// Edition of rules, routes and neighbours together: it changes whenever one of them does, and what is remembered of them goes by it.
    /// </summary>
    internal uint Edition;

    /// <summary>The settings of this burst; see <see cref="DataplaneSettings.Tracking"/>.</summary>
    internal TrackingParameters* Tracking;

    /// <summary>What the packets of this burst make the router say.</summary>
    internal readonly OwnPackets* Own;

    internal readonly IcmpLimiter* IcmpLimiter;
    internal readonly RouteQuestions* Questions4;
    internal readonly RouteQuestions* Questions6;

    /// <summary>For one packet that asks another table than the burst.</summary>
    internal readonly RouteQuestions* Aside;

    /// <summary>Room for the pieces of one packet.</summary>
    internal readonly Mbuf** Pieces;

    /// <summary>In replay, the place of what leaves now among all that one frame causes: what had waited for it comes behind its own.</summary>
    internal uint Behind;

    readonly Housekeeping _housekeeping;
    readonly Receive _receive;

    /// <summary>Takes its share of <paramref name="settings"/>; reserves the tables.</summary>
    /// <exception cref="NativeException">Address space or memory could not be had.</exception>
    public Worker(DataplaneSettings* settings, int index)
    {
        Index = index;
        Settings = settings;
        BurstSize = settings->BurstSize;
        State = settings->WorkerStates + index;
        Ports = settings->Ports;
        PortCount = settings->PortCount;
        PortCounters = settings->PortCounters + (index * settings->PortCount);
        Tracking = settings->Tracking;
        Mailbox = settings->Mailboxes == null ? null : settings->Mailboxes + index;
        Feed = settings->Feeds == null ? null : settings->Feeds + index;
        RuleCounters = settings->RuleCounters[index];
        Neighbours = settings->Neighbours;
        Stations = settings->Stations;
        Clock = new DataplaneClock(settings->ClockStart);
        Hash = Allocate<FlowHash>(1);
        *Hash = new FlowHash(new ReadOnlySpan<byte>(settings->HashKey, 64));
        Packets = Allocate<Packet>(2 * MaxBurst);
        Own = Allocate<OwnPackets>(1);
        IcmpLimiter = Allocate<IcmpLimiter>(1);
        Questions4 = Allocate<RouteQuestions>(1);
        Questions6 = Allocate<RouteQuestions>(1);
        Aside = Allocate<RouteQuestions>(1);
        Pieces = (Mbuf**)Allocate<nint>(Fragmenter.MostPieces);
        Scratch = (Mbuf**)Allocate<nint>(MaxBurst);
        Outgoing = Allocate<TransmitBuffer>(settings->PortCount);
        Pending = Allocate<Pending>(1);
        Slow = Allocate<Pending>(1);
        Connections4 = new(Hash, settings->Tracking->MaxEntries, settings->ReservedEntries) { IsThorough = Feed != null };
        Connections6 = new(Hash, settings->Tracking->MaxEntries, settings->ReservedEntries) { IsThorough = Feed != null };
        Flows4 = new FlowCache<Connection4>(settings->FlowLines);
        Flows6 = new FlowCache<Connection6>(settings->FlowLines);
        Fragments = new FragmentTable(Hash, settings->HeldBuffers, State, Feed);
        Waiting = new NeighbourQueue(this);
        Connections4.Flows = Flows4;
        Connections6.Flows = Flows6;
        State->Flows4 = Flows4.View;
        State->Flows6 = Flows6.View;
        Connections4.ShareRoom(Connections6);
        State->Connections4 = Connections4.View;
        State->Connections6 = Connections6.View;
        _housekeeping = new Housekeeping(this);
        _receive = new Receive(this);
    }

    /// <summary>Where replay wants to know the rules that counted a packet; null otherwise.</summary>
    internal RuleTrace* TraceOf(Packet* packet) =>
        Feed == null || Feed->Rules == null || packet >= Packets + MaxBurst ? null : Feed->Rules + (packet->Number - Feed->FirstNumber);

    /// <summary>Counts this worker's tables and all others against one max-entries.</summary>
    internal void ShareLimit(TableView** tables, uint count)
    {
        Connections4.ShareLimit(tables, count);
        Connections6.ShareLimit(tables, count);
    }

    /// <summary>
    /// A packet's way, in the order it happens. A burst is processed stage by stage; it is cut where a packet needs the fate of an earlier
    /// one to be sealed, so that results never depend on where a burst was cut.
    /// </summary>
    /// <typeparam name="TProbe">Whether the stages are measured.</typeparam>
    /// <returns>Packets processed.</returns>
    public int RunBurst<TProbe>()
        where TProbe : struct, IStageProbe
    {
        WorkerProfile* profile = State->Profile;
        ulong time = TProbe.BurstBegan(profile);
        TakeUpImages();
        Tracking = (TrackingParameters*)Volatile.Read(ref *(nint*)&Settings->Tracking);
        int count = _receive.Burst();
        time = TProbe.StageDone(profile, Stage.Receive, count, time);
        PacketMarks seen = Parse.Burst(this, 0, count);
        time = TProbe.StageDone(profile, Stage.Parse, count, time);
        int slow = FastTrack.Forward(this, count);
        time = TProbe.StageDone(profile, Stage.FastTrack, count - slow, time);
        if (slow != 0)
        {
            Raw.Burst(this, 0, count);
            time = TProbe.StageDone(profile, Stage.Raw, slow, time);
            if ((seen & PacketMarks.Fragment) != 0)
            {
                Reassemble.Burst(this, count);
                time = TProbe.StageDone(profile, Stage.Reassemble, slow, time);
            }

            Track.Lookup(this, 0, count);
        }

        for (int first = 0, next; first < count; first = next)
        {
            next = slow == 0 ? count : Track.Judge(this, first, count);
            time = TProbe.StageDone(profile, Stage.Track, slow == 0 ? 0 : next - first, time);
            if (slow != 0)
            {
                Route.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Route, next - first, time);
                Filter.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Filter, next - first, time);
                Confirm.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Confirm, next - first, time);
                Deliver.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Deliver, next - first, time);
            }

            Neighbour.Burst(this, first, next);
            time = TProbe.StageDone(profile, Stage.Neighbour, next - first, time);

            Transmit.Burst(this, first, next);
            time = TProbe.StageDone(profile, Stage.Transmit, next - first, time);
            while (Own->Count != 0)
            {
                int said = Originate.Burst(this);
                time = TProbe.StageDone(profile, Stage.Originate, said, time);
            }
        }

        Transmit.Flush(this);
        time = TProbe.StageDone(profile, Stage.Transmit, 0, time);
        _housekeeping.Slice(count);
        TProbe.StageDone(profile, Stage.Housekeeping, count, time);
        return count;
    }

    /// <summary>Polls until a stop is requested. The thread is the worker's for as long.</summary>
    public void Run()
    {
        State->ThreadId = (ulong)Libc.Gettid();
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Volatile.Write(ref State->Running, 1);
        while (Volatile.Read(ref State->StopRequested) == 0)
        {
            if (Volatile.Read(ref State->Profile->Requested) == 0)
            {
                State->Profile->LastBegan = 0;
                RunBurst<Unmeasured>();
            }
            else
            {
                RunBurst<Measured>();
            }
        }

        GoOffline();
        State->ManagedBytesAllocated = (ulong)(GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
        Volatile.Write(ref State->Running, 0);
    }

    /// <summary>Commits memory that the tables are about to grow into. Called by the control thread, never by the worker.</summary>
    public void CommitAhead()
    {
        _ = Connections4.View->CommitAhead() & Connections6.View->CommitAhead();
    }

    /// <summary>The rules and the router of this burst.</summary>
    void TakeUpImages()
    {
        if (Rules == null)
        {
            Rules = ImagePublication.GoOnline<RuleImage>(Settings->Rules, Index);
            Routes = ImagePublication.GoOnline<RouteImage>(Settings->Routes, Index);
        }
        else
        {
            Rules = ImagePublication.Refresh(Settings->Rules, Index, Rules);
            Routes = ImagePublication.Refresh(Settings->Routes, Index, Routes);
        }

        // Each counts up only, so no two states of the three have the same sum before 32 bits wrap.
        Edition = (uint)(Rules->Generation + Routes->Header.Generation) + Volatile.Read(ref Neighbours->Recycled);
    }

    /// <summary>Between runs a worker holds no image, so they can be freed.</summary>
    void GoOffline()
    {
        ImagePublication.GoOffline(Settings->Rules, Index);
        ImagePublication.GoOffline(Settings->Routes, Index);
        Rules = null;
        Routes = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GoOffline();
        Fragments.Dispose();
        Waiting.Dispose();
        Connections4.Dispose();
        Connections6.Dispose();
        Flows4.Dispose();
        Flows6.Dispose();
        NativeMemory.AlignedFree(Slow);
        NativeMemory.AlignedFree(Hash);
        NativeMemory.AlignedFree(Packets);
        NativeMemory.AlignedFree(Own);
        NativeMemory.AlignedFree(IcmpLimiter);
        NativeMemory.AlignedFree(Questions4);
        NativeMemory.AlignedFree(Questions6);
        NativeMemory.AlignedFree(Aside);
        NativeMemory.AlignedFree(Pieces);
        NativeMemory.AlignedFree(Scratch);
        NativeMemory.AlignedFree(Outgoing);
        NativeMemory.AlignedFree(Pending);
    }

    static T* Allocate<T>(uint count)
        where T : unmanaged
    {
        nuint bytes = count * (nuint)sizeof(T);
        void* block = NativeMemory.AlignedAlloc(Math.Max(bytes, 64), 64);
        NativeMemory.Clear(block, bytes);
        return (T*)block;
    }
}
