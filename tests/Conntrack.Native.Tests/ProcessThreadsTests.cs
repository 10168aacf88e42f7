using System.Diagnostics;

namespace Conntrack.Native.Tests;

public sealed class ProcessThreadsTests
{
    static readonly TimeSpan s_while = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Who_runs_is_told_from_who_waits_for_something_else()
    {
        using var end = new ManualResetEventSlim();
        using Started busy = new(() =>
        {
            while (!end.IsSet)
            {
            }
        });
        using Started idle = new(end.Wait);
        try
        {
            ThreadTime first = ProcessThreads.TimeOf(busy.Id)!.Value;
            Thread.Sleep(s_while);
            ThreadTime last = ProcessThreads.TimeOf(busy.Id)!.Value;
            Assert.True(last.IsReady);
            Assert.True(last.Ran > first.Ran, $"{first.Ran} and {last.Ran}");

            ThreadTime waiting = ProcessThreads.TimeOf(idle.Id)!.Value;
            Assert.False(waiting.IsReady);
            Assert.True(waiting.Ran < s_while, $"{waiting.Ran}");
        }
        finally
        {
            end.Set();
        }
    }

    [Fact]
    public void Threads_that_share_a_cpu_are_ready_and_run_for_a_part_of_the_time()
    {
        using var end = new ManualResetEventSlim();
        int cpu = CurrentThread.Cpus[0];
        void Spin()
        {
            CurrentThread.Pin(cpu);
            while (!end.IsSet)
            {
            }
        }

        Started[] sharers = [.. Enumerable.Range(0, 4).Select(_ => new Started(Spin))];
        try
        {
            var clock = Stopwatch.StartNew();
            TimeSpan[] before = [.. sharers.Select(sharer => ProcessThreads.TimeOf(sharer.Id)!.Value.Ran)];
            Thread.Sleep(s_while);
            ThreadTime[] after = [.. sharers.Select(sharer => ProcessThreads.TimeOf(sharer.Id)!.Value)];
            TimeSpan elapsed = clock.Elapsed;
            Assert.All(after, time => Assert.True(time.IsReady));
            TimeSpan ran = after.Select((time, i) => time.Ran - before[i]).Aggregate((sum, next) => sum + next);

            // What each had by the last tick: together no more than one CPU has.
            Assert.InRange(ran, TimeSpan.FromTicks(1), elapsed * 1.5);
        }
        finally
        {
            end.Set();
            Array.ForEach(sharers, sharer => sharer.Dispose());
        }
    }

    [Fact]
    public void Of_a_thread_that_is_none_nothing_is_told() => Assert.Null(ProcessThreads.TimeOf(int.MaxValue));

    /// <summary>A thread whose id is known.</summary>
    sealed class Started : IDisposable
    {
        readonly Thread _thread;

        public Started(Action work)
        {
            using var known = new ManualResetEventSlim();
            _thread = new Thread(() =>
            {
                Id = Libc.Gettid();
                known.Set();
                work();
            });
            _thread.Start();
            known.Wait();
        }

        public int Id { get; private set; }

        public void Dispose() => _thread.Join();
    }
}
