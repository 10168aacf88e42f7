using System.Runtime.InteropServices;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Dataplane.Routing;
using Conntrack.Dataplane.Stages;
using Conntrack.Dataplane.Steering;
using Conntrack.Firewall;
using Conntrack.Firewall.Nat;
using Conntrack.Firewall.Paths;
using Conntrack.Memory.Publication;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

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

    /// <summary>Next hops whose latest neighbour is remembered.</summary>
    internal const uint RecentNextHops = 256;

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
    internal readonly SlowPackets* Slow;
    internal readonly FlowCache<Connection4> Flows4;
    internal readonly FlowCache<Connection6> Flows6;
    internal readonly FragmentTable Fragments;
    internal readonly DataplaneClock Clock;
    internal readonly RuleMemory* RuleMemory;
    internal readonly NeighbourTable* Neighbours;
    internal readonly StationTable* Stations;
    internal readonly StationHint* StationHints;

    /// <summary>Slots of the neighbours that were sent to last, by the next hop's number; any of them may be somebody else's by now.</summary>
    internal readonly ushort* RecentNeighbours;

    /// <summary>Connections that helpers of all workers have heard of.</summary>
    internal readonly ExpectationTable* Expectations;

    /// <summary>Endpoint-independent mappings of all workers.</summary>
    internal readonly MappingTable* Mappings;

    /// <summary>To the control side, for what hardware may forward; null in replay.</summary>
    internal readonly OffloadExchange* Offloads;

    /// <summary>Packets whose next hops have not answered yet.</summary>
    internal readonly NeighbourQueue Waiting;

    /// <summary>How it hands packets to other workers; null when there are none.</summary>
    internal Handover? Handover;

    /// <summary>Its places of max-entries; null where no other worker's thread takes any.</summary>
    internal WorkerRoom? Room;

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

    /// <summary>Ports it may choose for translated connections. In replay results do not depend on the number of workers, so all are everybody's.</summary>
    internal readonly PortPartition PortPartition;

    /// <summary>
    /// Whether this burst's packets may be translated: a chain of the nat table is in use, or connections are there from when one was.
    /// </summary>
    internal bool Translates;

    /// <summary>
    /// Whether packets since Judge may change more of their connections than counters and deadlines: only then is there anything to confirm.
    /// </summary>
    internal bool Unsettled;

    /// <summary>How far the command that flushes masqueraded connections has come; 0 between two.</summary>
    internal uint FlushedTo;

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
        RuleMemory = settings->RuleMemory + index;
        RuleMemory->Paths = (RulePaths*)Allocate<byte>(RulePaths.ByteSize);
        Neighbours = settings->Neighbours;
        Stations = settings->Stations;
        StationHints = Allocate<StationHint>(StationHint.Count);
        StationTable.Initialize(StationHints, Stations);
        RecentNeighbours = Allocate<ushort>(RecentNextHops);
        PortPartition = Feed == null ? new PortPartition(index, (int)settings->Workers) : default;
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
        Slow = Allocate<SlowPackets>(1);
        Connections4 = new(Hash, settings->Tracking->MaxEntries, settings->ReservedEntries) { IsThorough = Feed != null };
        Connections6 = new(Hash, settings->Tracking->MaxEntries, settings->ReservedEntries) { IsThorough = Feed != null };
        Flows4 = new FlowCache<Connection4>(settings->FlowLines);
        Flows6 = new FlowCache<Connection6>(settings->FlowLines);
        Fragments = new FragmentTable(Hash, settings->HeldBuffers, State, Feed, adopts: settings->Workers > 1);
        Waiting = new NeighbourQueue(this);
        Expectations = settings->Expectations;
        Connections4.Expectations = Expectations;
        Connections6.Expectations = Expectations;
        Connections4.Counts = RuleMemory->Counts;
        Connections6.Counts = RuleMemory->Counts;
        Mappings = settings->Mappings;
        Connections4.Mappings = Mappings;
        Connections6.Mappings = Mappings;
        Offloads = settings->Offloads == null ? null : settings->Offloads + index;
        Connections4.Offloads = Offloads;
        Connections6.Offloads = Offloads;
        Connections4.Flows = Flows4;
        Connections6.Flows = Flows6;
        State->Flows4 = Flows4.View;
        State->Flows6 = Flows6.View;
        Connections4.ShareRoom(Connections6);
        State->Connections4 = Connections4.View;
        RuleMemory->Extensions4 = &Connections4.View->Extensions;
        RuleMemory->Extensions6 = &Connections6.View->Extensions;
        State->Connections6 = Connections6.View;
        _housekeeping = new Housekeeping(this);
        _receive = new Receive(this);
    }

    /// <summary>Where replay wants to know the rules that counted a packet; null otherwise.</summary>
    internal RuleTrace* TraceOf(Packet* packet) =>
        Feed == null || Feed->Rules == null || packet >= Packets + MaxBurst ? null : Feed->Rules + (packet->Number - Feed->FirstNumber);

    /// <summary>
    /// Counts the tables of several workers against one max-entries: exactly where replay runs them one after the other, by places that each
    /// holds where they run on threads of their own.
    /// </summary>
    internal void ShareRoom(Worker[] all)
    {
        if (Feed == null)
        {
            Room = WorkerRoom.Join(Settings->Room, Index, Connections4, Connections6, Settings->Tables, (uint)(2 * all.Length));
            return;
        }

        foreach (Worker other in all)
        {
            if (other != this)
            {
                Connections4.ShareRoomWith(other.Connections4, other.Connections6);
                Connections6.ShareRoomWith(other.Connections4, other.Connections6);
            }
        }
    }

    /// <summary>Lets it hand packets to the other workers, and name its connections for them. Before the first burst.</summary>
    internal void Join(Exchange exchange)
    {
        Handover = new Handover(this, exchange);
        Connections4.Share(exchange.Index, Index);
        Connections6.Share(exchange.Index, Index);
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
        int received = count;
        ulong now = count == 0 ? 0 : Packets[count - 1].Time;
        int slow = FastTrack.Forward(this, ref count);
        int forwarded = received - count;
        time = TProbe.StageDone(profile, Stage.FastTrack, received - slow, time);
        if (slow != 0 && Handover != null)
        {
            int left = Steer.Burst(this, seen, count);
            time = TProbe.StageDone(profile, Stage.Steer, slow, time);
            slow -= count - left;
            count = left;
        }

        // Where rules of one packet depend on those of the packet before, whatever stage they are in, packets are let in one by one.
        int share = (Rules->Dependence & RuleDependence.OfEverything) == 0 ? count : 1;
        for (int first = 0, next, entered = 0; first < count; first = next)
        {
            if (first == entered & slow != 0)
            {
                entered += share;
                if ((Rules->Dependence & RuleDependence.OfCounts) != 0 && Feed != null)
                {
                    EndExpired(Packets[first].Time);
                }

                Raw.Burst(this, first, entered);
                time = TProbe.StageDone(profile, Stage.Raw, entered - first, time);
                if ((seen & PacketMarks.Fragment) != 0)
                {
                    Reassemble.Burst(this, first, entered);
                    time = TProbe.StageDone(profile, Stage.Reassemble, entered - first, time);
                    if (Handover != null)
                    {
                        int gone = Steer.Datagrams(this, first, entered, count);
                        time = TProbe.StageDone(profile, Stage.Steer, 0, time);
                        slow -= gone;
                        count -= gone;
                        entered -= gone;
                        if (entered == first)
                        {
                            next = first;
                            continue;
                        }
                    }
                }

                Track.Lookup(this, first, entered);
            }

            bool local = false;
            next = slow == 0 ? count : Track.Judge(this, first, entered);
            time = TProbe.StageDone(profile, Stage.Track, slow == 0 ? 0 : next - first, time);
            if (slow != 0)
            {
                Mangle.Prerouting(this, first, next);
                DstNat.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.DstNat, Translates ? next - first : 0, time);
                local = Route.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Route, next - first, time);
                Mangle.Forward(this, first, next);
                Filter.Burst(this, first, next);
                Mangle.Postrouting(this, first, next);
                time = TProbe.StageDone(profile, Stage.Filter, next - first, time);
                SrcNat.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.SrcNat, Translates ? next - first : 0, time);
                if (Unsettled)
                {
                    Confirm.Burst(this, first, next);
                }

                time = TProbe.StageDone(profile, Stage.Confirm, next - first, time);
            }

            Neighbour.Burst(this, first, next);
            time = TProbe.StageDone(profile, Stage.Neighbour, next - first, time);
            if (local)
            {
                Deliver.Burst(this, first, next);
                time = TProbe.StageDone(profile, Stage.Deliver, next - first, time);
            }

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
        count += forwarded;
        _housekeeping.Slice(count, now);
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
        _ = Connections4.View->CommitAhead() & Connections6.View->CommitAhead() & Flows4.View->CommitAhead() & Flows6.View->CommitAhead();
        if (Handover != null & Index == 0)
        {
            _ = SteeringIndex.CommitAhead(Handover!.Index);
        }
    }

    /// <summary>What has expired is not counted any more. In replay to the microsecond, for results do not depend on when a sweep comes.</summary>
    internal void EndExpired(ulong time)
    {
        Connections4.SweepAll(time);
        Connections6.SweepAll(time);
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

        Translates = (Rules->ChainsInUse & RuleChains.OfNat) != 0 | Connections4.HoldsTranslated | Connections6.HoldsTranslated
            | Volatile.Read(ref Expectations->Count) != 0;
        Connections4.KeepsReserve = Connections6.KeepsReserve = Routes->AddressCount != 0;
        RulePaths.Follow(RuleMemory->Paths, Rules->Edition);
        RuleMemory->Addresses = (OwnAddress*)RouteImage.AddressAt(Routes, 0);
        RuleMemory->AddressCount = Routes->AddressCount;
        RuleMemory->Interfaces = (InterfaceFacts*)RouteImage.InterfaceAt(Routes, 0);

        // Each counts up only, so no two states of the three have the same sum before 32 bits wrap.
        Edition = (uint)(Rules->Edition + Routes->Header.Generation) + Volatile.Read(ref Neighbours->Recycled);
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
        Handover?.Dispose();
        Connections4.Dispose();
        Connections6.Dispose();
        Flows4.Dispose();
        Flows6.Dispose();
        NativeMemory.AlignedFree(RuleMemory->Paths);
        NativeMemory.AlignedFree(Slow);
        NativeMemory.AlignedFree(StationHints);
        NativeMemory.AlignedFree(RecentNeighbours);
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
