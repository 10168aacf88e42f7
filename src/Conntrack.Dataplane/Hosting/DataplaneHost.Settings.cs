using System.Security.Cryptography;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Routing;
using Conntrack.Native;
using Conntrack.Tracking;
using Conntrack.Tracking.FastTrack.Offload;
using Conntrack.Tracking.Helpers;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Translation;

namespace Conntrack.Dataplane.Hosting;

/// <content>What a dataplane is told when it is made, and the memory it shares with its maker.</content>
public sealed unsafe partial class DataplaneHost
{
    /// <summary>
    /// Nobody attacks a replay, and whoever runs it twice wants the same ports for translated connections, the same ways among several gateways.
    /// </summary>
    static void FillKey(DataplaneOptions options, Span<byte> key)
    {
        if (!options.Replay)
        {
            RandomNumberGenerator.Fill(key);
            return;
        }

        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)((i * 167) + 13);
        }
    }

    DataplaneSettings* Fill(DataplaneOptions options)
    {
        uint workers = (uint)options.Workers;
        uint ports = (uint)options.Interfaces.Count;
        DataplaneSettings* settings = _memory.Allocate<DataplaneSettings>(1);
        settings->Workers = workers;
        settings->BurstSize = (uint)options.BurstSize;
        settings->PortCount = ports;
        settings->ReservedEntries = Math.Max(options.ReservedEntries ?? 0, options.Tracking.MaxEntries);
        settings->ClockStart = EalSession.IsRunning ? Tsc.Now() : 0;
        settings->Ports = _memory.Allocate<PortState>(ports);
        settings->PortCounters = _memory.Allocate<PortCounters>(ports * workers);
        settings->WorkerStates = _memory.Allocate<WorkerState>(workers);
        for (uint w = 0; w < workers; w++)
        {
            settings->WorkerStates[w].Profile = _memory.Allocate<WorkerProfile>(1);
            settings->WorkerStates[w].Helpers = _memory.Allocate<HelperCounterTable>(1);
            settings->WorkerStates[w].Profile->StallCycles = Tsc.Frequency() * WorkerProfile.StallMicroseconds / 1_000_000;
        }

        settings->Rules = _rules.Publication;
        settings->Routes = _router.Publication;
        settings->Pool = options.Pool == null ? null : options.Pool.Mempool;
        settings->Neighbours = (NeighbourTable*)_memory.Allocate<byte>((uint)NeighbourTable.Bytes(options.Neighbours));
        settings->Stations = (StationTable*)_memory.Allocate<byte>((uint)StationTable.Bytes(Stations));
        StationTable.Initialize(settings->Stations, Stations, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        NeighbourTable.Initialize(settings->Neighbours, options.Neighbours, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        settings->Expectations = (ExpectationTable*)_memory.Allocate<byte>(ExpectationTable.ByteSize);
        ExpectationTable.Initialize(settings->Expectations, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        settings->Mappings = _memory.Allocate<MappingTable>(1);
        MappingTable.Initialize(
            settings->Mappings, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))), settings->ReservedEntries);
        settings->RuleMemory = _ruleMemories.Of(0);

        settings->FlowLines = (uint)options.FlowLines;
        settings->HeldBuffers = (uint)options.HeldBuffers;
        settings->Tables = (TableView**)_memory.Allocate<nint>(2 * workers);
        settings->Tracking = _memory.Allocate<TrackingParameters>(1);
        *settings->Tracking = options.Tracking;
        settings->Room = (SharedRoom*)_memory.Allocate<byte>(SharedRoom.ByteSize);
        settings->Room->Workers = workers;
        SharedRoom.SetLimit(settings->Room, options.Tracking.MaxEntries);
        settings->Mailboxes = _memory.Allocate<Mailbox>(workers);
        FillKey(options, new Span<byte>(settings->HashKey, 64));
        for (int i = 0; i < ports; i++)
        {
            InterfaceOptions port = options.Interfaces[i];
            settings->Ports[i] = new PortState { Kind = port.Kind, DevicePort = port.DevicePort, IsUp = 1 };
        }

        settings->Offloads = options.Replay ? null : _memory.Allocate<OffloadExchange>(workers);
        if (options.Replay)
        {
            settings->Feeds = _memory.Allocate<Feed>(workers);
            for (int w = 0; w < workers; w++)
            {
                settings->Feeds[w].Items = _memory.Allocate<FeedItem>(Worker.MaxBurst);
                uint most = Worker.MaxBurst + settings->HeldBuffers;
                settings->Feeds[w].OutboxRoom = OutboxRoom;
                settings->Feeds[w].Outbox = _memory.Allocate<OutboxItem>(OutboxRoom);
                settings->Feeds[w].Fates = _memory.Allocate<FragmentFate>(most + NeighbourQueue.Capacity);
            }
        }

        return settings;
    }
}
