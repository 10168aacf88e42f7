using Conntrack.Control.Connections;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Abi;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.Packets;
using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Connection = Conntrack.RouterOs.Connections.Connection;

namespace Conntrack.Control.Replay;

/// <summary>
/// Carries out <c>ctrack replay</c>: configuration, interfaces, the session on the dataplane, and everything that was asked for written out.
/// </summary>
/// <param name="runtime">The product replays on the NativeAOT library.</param>
public sealed class ReplayEngine(DataplaneRuntime runtime)
{
    /// <summary>For EAL's own heap and 16,383 buffers of two kilobytes.</summary>
    const int MemoryMegabytes = 96;

    /// <inheritdoc cref="RunReplay"/>
    public int Run(ReplayOptions options, TextWriter output, TextWriter error)
    {
        RouterConfiguration configuration = Configuration(options.ConfigFile, error);
        var interfaces = ReplayInterfaces.Of(options, configuration);
        TrackingParameters tracking = TrackingCompiler.Compile(configuration, Automatic(configuration, interfaces));
        tracking.IgnoreChecksums = options.Checksums == ChecksumHandling.Ignore ? (byte)1 : (byte)0;

        using EalSession eal = EalSession.Start(new NoHugeArguments(MemoryMegabytes));
        using var session = new ReplaySession(new DataplaneOptions
        {
            Runtime = runtime,
            Workers = options.Workers,
            BurstSize = options.Burst,
            Interfaces = interfaces.Options,
            Router = interfaces.Router,
            Tracking = tracking,
        });
        var rules = new ReplayRules(configuration.Rules, session, interfaces, error);
        try
        {
            var view = new ReplayView(configuration, session, interfaces, rules, tracking);
            return Run(options, session, interfaces, rules, view, output);
        }
        catch (NativeException exception)
        {
            // After the session stands, what fails natively is a file: the message names it, and the packet where there is one.
            throw new UserErrorException(exception.Message, exception);
        }
    }

    static int Run(ReplayOptions options, ReplaySession session, ReplayInterfaces interfaces, ReplayRules rules, ReplayView view, TextWriter output)
    {
        // Before any output is truncated: a mistyped input, or question, must not cost the results of an earlier run.
        foreach (InterfaceCapture input in options.Inputs)
        {
            session.AddInput(input.File, interfaces.IndexOf(input.Interface));
        }

        foreach (string command in options.Commands)
        {
            view.Ask(command);
        }

        using Stream? connections = options.Connections?.Open(output);
        using Stream? trace = options.Trace?.Open(output);
        using Stream? stats = options.Stats?.Open(output);
        using TraceWriter? traceWriter = trace == null ? null : new TraceWriter(trace);
        foreach (InterfaceCapture target in options.Outputs)
        {
            session.AddOutput(target.File, interfaces.IndexOf(target.Interface));
        }

        for (ReadOnlySpan<TraceItem> items = session.Step(); !items.IsEmpty; items = session.Step())
        {
            Trace(traceWriter, items, interfaces, rules);
            rules.WriteLog();
        }

        Trace(traceWriter, session.Finish(options.Until), interfaces, rules);
        traceWriter?.Flush();
        rules.FinishLog();
        if (connections != null || options.PrintsConnections)
        {
            List<Connection> list = [];
            foreach (ConnectionSnapshot snapshot in session.Connections())
            {
                list.Add(ConnectionListing.ToEntry(snapshot, rules.Numbers));
            }

            if (connections != null)
            {
                ConnectionListWriter.Write(connections, list);
            }
            else
            {
                ConnectionListPrint.Write(output, list, options.TerminalWidth);
            }
        }

        foreach (string command in options.Commands)
        {
            output.WriteLine($"> {command}");
            view.Ask(command).Write(output, options.TerminalWidth);
            output.WriteLine();
        }

        if (stats != null)
        {
            ReplayStatsWriter.Write(stats, Stats(session, interfaces, rules));
        }

        return 0;
    }

    static void Trace(TraceWriter? writer, ReadOnlySpan<TraceItem> items, ReplayInterfaces interfaces, ReplayRules rules)
    {
        for (int i = 0; writer != null && i < items.Length; i++)
        {
            writer.Write(ToRecord(items[i], i, interfaces, rules));
        }
    }

    /// <summary>A replay tracks unless its script says otherwise; where it says auto, it means what a router would do.</summary>
    static TrackedFamilies Automatic(RouterConfiguration configuration, ReplayInterfaces interfaces) =>
        configuration.Tracking.Enabled is null || interfaces.IsWire
            ? TrackedFamilies.Both
            : TrackingCompiler.FamiliesWithRules(configuration.Rules);

    static RouterConfiguration Configuration(string? file, TextWriter error)
    {
        if (file == null)
        {
            return RouterConfiguration.Default;
        }

        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (UserErrorException.IsFileError(exception))
        {
            throw UserErrorException.File("--config", file, exception);
        }

        LoadResult result = ScriptLoader.Load(file, text, RouterConfiguration.Default);
        foreach (Diagnostic diagnostic in result.Diagnostics)
        {
            error.WriteLine(diagnostic);
        }

        if (result.Configuration is { } read && read.Ipv4AddressLists.Concat(read.Ipv6AddressLists).Any(static entry => entry is { Disabled: false, Name: not null }))
        {
            error.WriteLine($"{file}: note: names in address lists stand for no address here: a replay asks no name server");
        }

        int errors = result.Diagnostics.Count(diagnostic => diagnostic.Severity == Severity.Error);
        return result.Configuration ?? throw new UserErrorException($"--config: {file}: {errors} error{(errors == 1 ? "" : "s")}, nothing was replayed");
    }

    static TraceRecord ToRecord(in TraceItem item, int index, ReplayInterfaces interfaces, ReplayRules rules) => new()
    {
        Time = TimeSpan.FromTicks((long)(item.Nanoseconds / 100)),
        InInterface = interfaces.NameOf(item.Interface),
        Number = item.FrameNumber,
        ConnectionState = item.State switch
        {
            ConnectionStateOfPacket.New => ConnectionState.New,
            ConnectionStateOfPacket.Established => ConnectionState.Established,
            ConnectionStateOfPacket.Related => ConnectionState.Related,
            ConnectionStateOfPacket.Invalid => ConnectionState.Invalid,
            ConnectionStateOfPacket.Untracked => ConnectionState.Untracked,
            _ => null,
        },
        Path = item.Path == 0 ? TracePath.Slow : TracePath.FastTrack,
        Verdict = item.Verdict switch
        {
            Verdict.Forward => TraceVerdict.Forward,
            Verdict.Local => TraceVerdict.Local,
            Verdict.Reject => TraceVerdict.Reject,
            Verdict.Tarpit => TraceVerdict.Tarpit,
            Verdict.Consume => TraceVerdict.Consume,
            _ => TraceVerdict.Drop,
        },
        Reason = ReasonOf(item, rules),
        Rules = rules.OfFrame(index),
        OutInterface = item.OutInterface == Packet.NoInterface ? null : interfaces.NameOf(item.OutInterface),
    };

    static string ReasonOf(in TraceItem item, ReplayRules rules) => item.Fate switch
    {
        HeldFate.Reassembled => TraceWords.Reassembled,
        HeldFate.StillHeld => TraceWords.Held,
        _ when item.Rule != Packet.NoRule && item.Reason is DropReason.None or DropReason.Raw or DropReason.Filter => rules.NameOf(item.Rule),
        _ => item.Reason == DropReason.None ? "" : DropReasons.Name(item.Reason),
    };

    static ReplayStats Stats(ReplaySession session, ReplayInterfaces interfaces, ReplayRules rules)
    {
        DataplaneCounters counters = session.Counters();
        TableTotals tables = session.Tables();
        return new ReplayStats
        {
            Rx = counters.Received,
            Generated = counters.Generated,
            Tx = counters.Sent,
            Consumed = counters.Consumed,
            Held = counters.Held,
            Dropped = [.. counters.Dropped.Select(drop => new NamedCount(DropReasons.Name(drop.Key), drop.Value))],
            Interfaces =
            [
                .. counters.Interfaces.Select((counts, index) => new InterfaceStats
                {
                    Name = interfaces.NameOf(index),
                    RxPacket = counts.Received,
                    RxByte = counts.ReceivedBytes,
                    TxPacket = counts.Sent,
                    TxByte = counts.SentBytes,
                }),
            ],
            Rules = rules.Stats(),
            Helpers =
            [
                .. counters.Helpers.Select(static helper => new HelperStats(
                    helper.Name, helper.Counters.Parsed, helper.Counters.Malformed, helper.Counters.Expected, helper.Counters.Refused,
                    helper.Counters.Rewritten, helper.Counters.LeftAlone)),
            ],
            Tracking = new TrackingStats
            {
                MaxEntries = tables.MaxEntries,
                TotalIp4Entries = tables.Ipv4Entries,
                TotalIp6Entries = tables.Ipv6Entries,
                Created = tables.Created,
                Removed =
                [
                    new NamedCount("expired", tables.Expired),
                    new NamedCount("evicted", tables.Evicted),
                    new NamedCount("closed", tables.Removed),
                ],
                Ended = [.. tables.Ended.Select(static (count, end) => new NamedCount(ConnectionEnds.Name((ConnectionEnd)end), count))],
                Refused = [new NamedCount("full", tables.RefusedFull), new NamedCount("memory", tables.RefusedMemory)],
                ReservedEntries = tables.ReservedEntries,
            },
        };
    }
}
