using System.Diagnostics;
using Conntrack.Control.Firewall;
using Conntrack.Dataplane.Hosting;

namespace Conntrack.Control.Router;

/// <summary>
/// What the workers leave to the control side, every few milliseconds: memory ahead of their tables' growth, with its page faults; and
/// a look at the counters and at every connection once a second, for rates and for who holds most; what hardware forwards in their stead; and
/// it writes out what rules log.
/// </summary>
sealed class ControlThread : IDisposable
{
    /// <summary>Tables are kept 10 ms of the fastest growth ahead, so a pass may be late by one.</summary>
    static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(4);

    readonly DataplaneHost _dataplane;
    readonly RateMeter _rates;
    readonly FirewallLog _log;
    readonly Thread _thread;
    volatile bool _stopping;

    public ControlThread(DataplaneHost dataplane, RateMeter rates, FirewallLog log)
    {
        _dataplane = dataplane;
        _rates = rates;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "ct-control" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    void Run()
    {
        while (!_stopping)
        {
            _dataplane.CommitAhead();
            _rates.Sample();
            _dataplane.SurveyStep();
            _dataplane.HardwareStep();
            _log.Drain(Stopwatch.GetElapsedTime(0));
            Thread.Sleep(s_period);
        }
    }
}
