using System.Diagnostics;
using Conntrack.Control.Replay;
using Conntrack.Control.Settings;
using Conntrack.Dataplane.Hosting;
using Conntrack.Native;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Router;

/// <summary>
/// Looks at the links ten times a second: routes over one that went down are withdrawn and come back with it, a port whose device has gone
/// is closed, and one that is closed is opened again when its device is there. A thread of its own, since a device may take seconds to start.
/// </summary>
sealed class LinkWatch : IDisposable
{
    static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(30);

    readonly DataplaneHost _dataplane;
    readonly RouterPorts _ports;
    readonly RouterInForce _router;
    readonly MbufPool _pool;
    readonly Action<string> _tell;
    readonly Watched[] _watched;
    readonly ManualResetEventSlim _stop = new();
    readonly Thread _thread;

    /// <param name="dataplane">Is told which ports to ask.</param>
    /// <param name="ports">Those that are watched.</param>
    /// <param name="router">What follows from them.</param>
    /// <param name="pool">Where packet buffers come from.</param>
    /// <param name="tell">Takes what happens, a line each.</param>
    public LinkWatch(DataplaneHost dataplane, RouterPorts ports, RouterInForce router, MbufPool pool, Action<string> tell)
    {
        _dataplane = dataplane;
        _ports = ports;
        _router = router;
        _pool = pool;
        _tell = tell;
        _watched = [.. ports.All.Select(port => new Watched { HadLink = port.Facts.HasLink })];
        _thread = new Thread(Run) { IsBackground = true, Name = "ct-links" };
        _thread.Start();
    }

    /// <summary>What is remembered of a port.</summary>
    sealed class Watched
    {
        public bool HadLink { get; set; }

        public TimeSpan Retry { get; set; } = s_firstRetry;

        public long RetryAt { get; set; } = Stopwatch.GetTimestamp() + (long)(s_firstRetry.TotalSeconds * Stopwatch.Frequency);

        public void Postpone()
        {
            RetryAt = Stopwatch.GetTimestamp() + (long)(Retry.TotalSeconds * Stopwatch.Frequency);
            Retry = Retry * 2 > s_lastRetry ? s_lastRetry : Retry * 2;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    void Run()
    {
        while (!_stop.Wait(s_period))
        {
            try
            {
                _router.Between(Look);
            }
            catch (Exception exception) when (exception is NativeException or TimeoutException or ConfigurationRefusedException or ArgumentException)
            {
                _tell($"warning: routes do not follow the links: {exception.Message}");
            }
        }
    }

    void Look(RouterConfiguration configuration)
    {
        List<int> gone = [];
        bool changed = false;
        for (int index = 0; index < _watched.Length; index++)
        {
            BoundPort port = _ports.All[index];
            Watched watched = _watched[index];
            EthernetSettings settings = configuration.Ethernets[port.Number];
            if (port.Device is null)
            {
                if (Stopwatch.GetTimestamp() >= watched.RetryAt)
                {
                    TryOpen(index, settings);
                }
            }
            else if (!port.Look())
            {
                gone.Add(index);
            }

            if (port.Facts.HasLink != watched.HadLink)
            {
                watched.HadLink = port.Facts.HasLink;
                changed = true;
                _tell($"{settings.Name}: link {(watched.HadLink ? "up" : "down")}");
            }
        }

        if (changed)
        {
            _router.Refresh();
        }

        // No route leads there any more; now the workers leave it, and then it can go.
        foreach (int index in gone)
        {
            BoundPort port = _ports.All[index];
            port.Fail($"{port.Binding.DeviceName} has gone");
            _tell($"{configuration.Ethernets[port.Number].Name}: {port.Error}; it is tried again");
            _dataplane.ClosePort(index);
            port.Close();
            _watched[index].Retry = s_firstRetry;
            _watched[index].Postpone();
        }
    }

    void TryOpen(int index, EthernetSettings settings)
    {
        BoundPort port = _ports.All[index];
        try
        {
            port.Open(_pool, (int)_dataplane.Options.Workers, settings);
            _dataplane.OpenPort(index, port.Device!.Value);
            _watched[index].Retry = s_firstRetry;
        }
        catch (Exception exception) when (exception is NativeException or UserErrorException)
        {
            if (port.Fail(exception.Message))
            {
                _tell($"{settings.Name}: {exception.Message}; it is tried again");
            }

            _watched[index].Postpone();
        }
    }
}
