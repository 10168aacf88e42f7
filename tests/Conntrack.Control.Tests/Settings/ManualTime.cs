namespace Conntrack.Control.Tests.Settings;

/// <summary>A clock that the test moves; timers that are due run when it does.</summary>
sealed class ManualTime : TimeProvider
{
    readonly List<Timer> _timers = [];
    DateTimeOffset _now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    public int Timers => _timers.Count;

    public override DateTimeOffset GetUtcNow() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state), _now + dueTime);
        _timers.Add(timer);
        return timer;
    }

    public void Advance(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        foreach (Timer due in _timers.Where(timer => timer.Due <= _now).ToArray())
        {
            _timers.Remove(due);
            due.Callback();
        }
    }

    sealed record Timer(ManualTime Time, Action Callback, DateTimeOffset Due) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => Time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
