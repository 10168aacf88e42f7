using System.Runtime.InteropServices;
using Conntrack.Memory.Publication;
using Conntrack.Packets;

namespace Conntrack.Firewall.Tests;

public sealed unsafe class PublicationTests
{
    [Fact]
    public void An_image_lives_until_every_running_worker_acknowledged_a_later_one()
    {
        using ImagePublisher<RuleImage> publisher = new(3, RuleImageBuilder.Empty());
        ImagePublication* shared = publisher.Publication;
        RuleImage* first = ImagePublication.GoOnline<RuleImage>(shared, 0);
        RuleImage* other = ImagePublication.GoOnline<RuleImage>(shared, 1);
        Assert.Equal(2ul, publisher.Publish(RuleImageBuilder.Empty()));
        Assert.Equal((1, false), (publisher.Reclaim(), publisher.IsAcknowledged));

        RuleImage* second = ImagePublication.Refresh<RuleImage>(shared, 0, first);
        Assert.Equal(2ul, second->Generation);
        Assert.Equal((1, false), (publisher.Reclaim(), publisher.IsAcknowledged));
        Assert.Equal(1ul, other->Generation);

        _ = ImagePublication.Refresh<RuleImage>(shared, 1, other);
        Assert.Equal((0, true), (publisher.Reclaim(), publisher.IsAcknowledged));
        ImagePublication.GoOffline(shared, 0);
        ImagePublication.GoOffline(shared, 1);
    }

    [Fact]
    public void A_worker_that_does_not_run_holds_up_nothing()
    {
        using ImagePublisher<RuleImage> publisher = new(2, RuleImageBuilder.Empty());
        RuleImage* image = ImagePublication.GoOnline<RuleImage>(publisher.Publication, 1);
        publisher.Publish(RuleImageBuilder.Empty());
        publisher.Publish(RuleImageBuilder.Empty());
        Assert.Equal(2, publisher.Waiting);
        Assert.Equal(1ul, image->Generation);
        ImagePublication.GoOffline(publisher.Publication, 1);
        Assert.Equal(0, publisher.Reclaim());
        Assert.True(publisher.IsAcknowledged);
    }

    [Fact]
    public void A_worker_that_comes_back_finds_the_current_rules()
    {
        using ImagePublisher<RuleImage> publisher = new(1, RuleImageBuilder.Empty());
        publisher.Publish(RuleImageBuilder.Empty());
        Assert.Equal(2ul, ImagePublication.GoOnline<RuleImage>(publisher.Publication, 0)->Generation);
        Assert.Equal(2ul, ImagePublication.AcknowledgedBy(publisher.Publication, 0));
        ImagePublication.GoOffline(publisher.Publication, 0);
    }

    [Fact]
    public void Rules_are_not_freed_under_a_running_worker()
    {
        ImagePublisher<RuleImage> publisher = new(1, RuleImageBuilder.Empty());
        _ = ImagePublication.GoOnline<RuleImage>(publisher.Publication, 0);
        Assert.Throws<InvalidOperationException>(publisher.Dispose);
        ImagePublication.GoOffline(publisher.Publication, 0);
        publisher.Dispose();
        publisher.Dispose();
    }

    [Fact]
    public void A_published_block_belongs_to_the_publisher()
    {
        ImageBlock<RuleImage> block = RuleImageBuilder.Empty();
        using ImagePublisher<RuleImage> publisher = new(1, block);
        Assert.True(block.Image == null);
        Assert.Throws<ObjectDisposedException>(() => publisher.Publish(block));
        block.Dispose();
        Assert.Equal(1ul, ImagePublication.Current<RuleImage>(publisher.Publication)->Generation);
    }

    /// <summary>
    /// Rules are swapped under workers that never stop, and one that comes and goes. The rule that drops carries the image's generation
    /// as its number: an image freed too early, or half of one, answers with another.
    /// </summary>
    [Fact]
    public void Swapping_rules_under_load_loses_no_packet()
    {
        const int Swaps = 1000;
        const int Workers = 2;
        using ImagePublisher<RuleImage> publisher = new(Workers, Drops(1));
        using Racer steady = new(publisher.Publication, 0, restarts: false);
        using Racer restarting = new(publisher.Publication, 1, restarts: true);
        Racer[] racers = [steady, restarting];
        ulong[] seen = new ulong[Workers];
        int mostWaiting = 0;
        for (uint generation = 2; generation <= Swaps; generation++)
        {
            publisher.Publish(Drops(generation));
            mostWaiting = Math.Max(mostWaiting, publisher.Waiting);
            for (int worker = 0; worker < Workers; worker++)
            {
                ulong packets = racers[worker].Counted;
                Assert.True(packets >= seen[worker], "Counters went backwards.");
                seen[worker] = packets;
            }

            // The last rules are in use before the next come, so that no worker is spared a swap.
            Assert.True(SpinWait.SpinUntil(() => publisher.IsAcknowledged, TimeSpan.FromSeconds(30)));
        }

        foreach (Racer racer in racers)
        {
            racer.Dispose();
            Assert.Equal(0ul, racer.Wrong);
            Assert.Equal(racer.Evaluated, racer.Counted);
            Assert.NotEqual(0ul, racer.Evaluated);
        }

        Assert.Equal(0, publisher.Reclaim());
        Assert.InRange(mostWaiting, 0, 2);
    }

    static ImageBlock<RuleImage> Drops(uint generation) =>
        RuleImageBuilder.Build(
            [new() { Chain = RuleChain.FilterForward4, Target = RuleTarget.Drop, Number = generation, CounterSlot = 0 }]);

    /// <summary>A thread that evaluates bursts as a worker does.</summary>
    sealed class Racer : IDisposable
    {
        readonly ImagePublication* _publication;
        readonly RuleCounters* _counters = (RuleCounters*)NativeMemory.AllocZeroed((nuint)sizeof(RuleCounters));
        readonly Thread _thread;
        readonly int _worker;
        readonly bool _restarts;
        volatile bool _stop;

        public Racer(ImagePublication* publication, int worker, bool restarts)
        {
            _publication = publication;
            _worker = worker;
            _restarts = restarts;
            _thread = new Thread(Run) { IsBackground = true };
            _thread.Start();
        }

        public ulong Counted => Volatile.Read(ref _counters->Packets);

        public ulong Evaluated { get; private set; }

        /// <summary>Packets that got a verdict of other rules than those in use.</summary>
        public ulong Wrong { get; private set; }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }

        void Run()
        {
            const int Burst = 32;
            Packet packet = new() { Family = PacketFamily.Ipv4, Protocol = IpProtocol.Udp, IpLength = 28 };
            RuleMemory memory = new() { Counters = _counters };
            RuleImage* image = ImagePublication.GoOnline<RuleImage>(_publication, _worker);
            for (int burst = 0; !_stop; burst++)
            {
                if (_restarts && burst % 5 == 0)
                {
                    ImagePublication.GoOffline(_publication, _worker);
                    image = ImagePublication.GoOnline<RuleImage>(_publication, _worker);
                }

                image = ImagePublication.Refresh<RuleImage>(_publication, _worker, image);
                uint generation = (uint)image->Generation;
                for (int i = 0; i < Burst; i++)
                {
                    RuleVerdict verdict = RuleImage.Evaluate(image, RuleChain.FilterForward4, &packet, &memory, null);
                    Wrong += verdict.IsDrop && verdict.Rule == generation ? 0ul : 1;
                    Evaluated++;
                }

                // The other thread on this CPU, if there is one, gets its turn with the image in our hands.
                Thread.Yield();
                Wrong += image->Generation == generation ? 0ul : 1;
            }

            ImagePublication.GoOffline(_publication, _worker);
        }
    }
}
