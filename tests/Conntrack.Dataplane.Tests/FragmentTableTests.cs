using System.Runtime.InteropServices;
using Conntrack.Dataplane.Reassembly;
using Conntrack.Packets;
using Conntrack.Packets.Headers;
using Conntrack.Testing;
using static Conntrack.Dataplane.Tests.Replays.Endpoints;
using static Conntrack.Testing.FragmentCut;

namespace Conntrack.Dataplane.Tests;

/// <summary>The fragment table alone: against a plain reassembler, at its limits, and what a whole is before and after it is split.</summary>
[Collection(Dpdk.Collection)]
public sealed unsafe class FragmentTableTests
{
    const FragmentOutcome Held = FragmentOutcome.Held;
    const FragmentOutcome Complete = FragmentOutcome.Complete;

    [Fact]
    public void Slots_lie_as_they_are_drawn()
    {
        Assert.Equal((Datagram.ByteSize, HeldFragment.ByteSize), (sizeof(Datagram), sizeof(HeldFragment)));
        Assert.Equal(
            [0, 0, 32, 36, 40, 42, 43, 44, 48, 56, 60, 64, 68, 72, 76, 80, 84, 88, 96, 98, 100, 102, 103, 104, 106],
            typeof(Datagram).GetFields().Where(f => !f.IsLiteral).Select(f => (int)Marshal.OffsetOf<Datagram>(f.Name)));
        Assert.Equal(
            [0, 8, 12, 16, 18, 20, 22, 24, 26, 28, 29, 30],
            typeof(HeldFragment).GetFields().Where(f => !f.IsLiteral).Select(f => (int)Marshal.OffsetOf<HeldFragment>(f.Name)));
    }

    /// <summary>Few names, so that fragments meet; cut anyhow, shuffled, repeated, altered; gaps in which everything ends.</summary>
    [Fact]
    public void Fragments_in_any_order_are_what_a_plain_reassembler_says()
    {
        Dictionary<string, int> seen = [];
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            PlainReassembler plain = new();
            using FragmentRig rig = new();
            TimeSpan time = TimeSpan.Zero;
            List<(byte[] Frame, uint Id)> sources = [];
            List<(int Source, int Offset, int Length, bool More)> waiting = [];
            for (int step = 0; step < 400; step++)
            {
                if (waiting.Count == 0 || random.Next(12) == 0)
                {
                    Cut(random, sources, waiting);
                }

                time += random.Next(200) == 0 ? TimeSpan.FromSeconds(random.Next(70)) : TimeSpan.FromMilliseconds(random.Next(20));
                (int source, int offset, int length, bool more) = waiting[random.Next(waiting.Count)];
                if (random.Next(8) != 0)
                {
                    waiting.Remove((source, offset, length, more));
                }

                (byte[] frame, uint id) = sources[source];
                bool isIpv4 = frame[14] >> 4 == 4;
                byte[] piece = Piece(frame, offset, length, id, more: more);
                (DropReason reason, byte[]? payload) = plain.Add(
                    $"{Convert.ToHexString(frame[26..(isIpv4 ? 34 : 54)])} {id}", isIpv4, offset, piece[^length..], more, time);
                (FragmentOutcome outcome, DropReason actual) = rig.Add([.. piece, .. new byte[random.Next(3)]], time);
                string title = $"seed {seed} step {step}: {offset}+{length}";
                Assert.True(reason == actual, $"{title}: expected {reason}, found {actual}");
                Assert.True((payload != null) == (outcome == Complete), $"{title}: {outcome}");
                if (payload != null)
                {
                    Assert.Equal(payload, rig.Whole[(isIpv4 ? 34 : 54)..]);
                }

                if (random.Next(30) == 0)
                {
                    plain.Expire(time);
                    for (int slice = 0; slice < 20; slice++)
                    {
                        rig.Expire(time);
                    }

                    Assert.Equal((ulong)plain.Held, rig.Held);
                }

                string kind = outcome == FragmentOutcome.Dropped ? actual.ToString() : outcome.ToString();
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
            }

            seen["timeout"] = seen.GetValueOrDefault("timeout") + plain.TimedOut;
        }

        // The generator is worth something: nothing is rare.
        Assert.Equal(6, seen.Count);
        Assert.All(seen, pair => Assert.True(pair.Value > 1000, string.Join(", ", seen)));
    }

    /// <summary>Fragments of one more datagram, and some that do not fit it.</summary>
    static void Cut(Random random, List<(byte[] Frame, uint Id)> sources, List<(int Source, int Offset, int Length, bool More)> waiting)
    {
        int host = 1 + random.Next(2), size = random.Next(20, 400);
        sources.Add(((random.Next(2) == 0 ? V4(host, 1) : V6(host, 1)).Udp(size).ToBytes(), (uint)random.Next(2)));
        int source = sources.Count - 1, whole = size + 8;
        for (int offset = 0; offset < whole;)
        {
            int length = Math.Min(offset == 0 ? whole - 8 : whole - offset, 8 * random.Next(1, 12));
            length = offset == 0 ? length & ~7 : length;
            waiting.Add((source, offset, length, offset + length < whole));
            offset += length;
        }

        int odd = 8 * random.Next(whole / 8);
        (int, int, int, bool)? addition = random.Next(16) switch
        {
            0 => (source, odd, random.Next(whole), false),
            1 => (source, odd, random.Next(100), true),
            2 => (source, odd, 8 * random.Next(1, 8), true),
            3 => (source, 8, Math.Max(1, whole - 8), false),
            _ => null,
        };
        if (addition is { } piece && (piece.Item2 != 0 || piece.Item4))
        {
            waiting.Add(piece);
        }
    }

    /// <summary>A fragment is cut into segments anywhere behind its headers, as a device with small buffers does.</summary>
    [Fact]
    public void Chains_of_buffers()
    {
        using FragmentRig rig = new();
        foreach (byte[] frame in new[] { V4(1, 1).Udp(600).ToBytes(), V6(1, 1).Udp(600).ToBytes() })
        {
            byte[][] pieces = [.. Every(200, frame, 0x1234).Select(piece => (byte[])[.. piece, 0, 0, 0])];
            for (int cut = 70; cut < 120; cut += 7)
            {
                Assert.Equal(Held, rig.Add(pieces[0], default, cut, cut + 1, cut + 60).Outcome);
                Assert.Equal(Held, rig.Add(pieces[3], default, pieces[3].Length - 2).Outcome);
                Assert.Equal(Held, rig.Add(pieces[2], default).Outcome);
                Assert.Equal(7u, rig.Buffers);
                Assert.Equal(Complete, rig.Add(pieces[1], default, cut + 50).Outcome);
                Assert.Equal(0u, rig.Buffers);
                Assert.Equal(PacketMarks.None, rig.Marks);
                Assert.Equal(frame, rig.Whole);

                // Bytes behind a frame of several segments are no padding anybody sent.
                byte[][] expected = [pieces[0][..^3], pieces[1][..^3], pieces[2], pieces[3][..^3]];
                Assert.Equal(expected, rig.Frames);
            }
        }
    }

    /// <summary>What the stages between change in the header of the whole is changed in all fragments, and their checksums are right.</summary>
    [Fact]
    public void A_rewritten_whole_leaves_as_rewritten_fragments()
    {
        using FragmentRig rig = new();
        byte[] four = V4(1, 1).Udp(100).ToBytes(), expected4 = new Frame().Ipv4("192.0.2.77", "198.51.100.1", timeToLive: 63).Udp(1, 2).Data(100).ToBytes();
        rig.Rewrite = ip =>
        {
            ((Ipv4Header*)ip)->Source = ((Ipv4Header*)ip)->Source & 0xff_ffff | 77u << 24;
            ((Ipv4Header*)ip)->TimeToLive--;
        };
        AddAll(rig, Every(24, four).Reverse());
        byte[] payload = PayloadOf(four);
        byte[] rewritten = [.. expected4[..34], .. payload];
        Assert.Equal(Every(24, rewritten), rig.Frames);

        byte[] six = V6(1, 1).Udp(100).ToBytes(), expected6 = new Frame().Ipv6("2001:db8::77", "2001:db8:ffff::1", hopLimit: 63).Udp(1, 2).Data(100).ToBytes();
        rig.Rewrite = ip =>
        {
            ((byte*)ip)[23] = 0x77;
            ((Ipv6Header*)ip)->HopLimit--;
        };
        AddAll(rig, Every(24, six));
        byte[] rewritten6 = [.. expected6[..54], .. PayloadOf(six)];
        Assert.Equal(Every(24, rewritten6), rig.Frames);
    }

    /// <summary>The class is the router's, congestion marks are each fragment's own.</summary>
    [Fact]
    public void A_rewritten_class_leaves_congestion_marks_alone()
    {
        using FragmentRig rig = new() { Rewrite = ip => ((Ipv4Header*)ip)->TypeOfService = 0xb9 };
        byte[][] pieces = Every(56, V4(1, 1).Udp(100).ToBytes());
        pieces[1][15] = 3;
        pieces[1][25] -= 3;
        AddAll(rig, pieces);
        Assert.Equal([0xb9, 0xbb], rig.Frames.Select(frame => (int)frame[15]));
        Assert.All(rig.Frames, frame => Assert.Equal(0, PlainChecksum.Internet(frame[14..34])));
    }

    /// <summary>The oldest datagrams give way, never the newest ones, and never more is held than may be.</summary>
    [Fact]
    public void A_flood_of_first_fragments_drives_out_the_oldest()
    {
        using FragmentRig rig = new(limit: 64);
        byte[] four = V4(1, 1).Udp(100).ToBytes(), six = V6(1, 1).Udp(100).ToBytes();
        for (uint id = 0; id < 10_000; id++)
        {
            Assert.Equal(Held, rig.Add(Piece(id % 2 == 0 ? four : six, 0, 56, id), TimeSpan.FromMicroseconds(id)).Outcome);
        }

        Assert.Equal((64ul, 10_000ul - 64), (rig.Held, rig.Dropped(DropReason.FragmentLimit)));
        for (uint id = 10_000 - 64; id < 10_000; id++)
        {
            Assert.Equal(Complete, rig.Add(Piece(id % 2 == 0 ? four : six, 56, 52, id), TimeSpan.FromMicroseconds(10_000)).Outcome);
        }

        Assert.Equal(0ul, rig.Held);
    }

    /// <summary>In a flood a datagram whose fragments come together is whole before its turn to go.</summary>
    [Fact]
    public void A_flood_leaves_others_their_time()
    {
        using FragmentRig rig = new(limit: 100);
        byte[] junk = V4(9, 9).Udp(100).ToBytes();
        uint id = 0;
        for (int round = 0; round < 50; round++)
        {
            byte[][] pieces = Every(1480, V4(1, 1).Udp(60_000).ToBytes(), (uint)round);
            for (int i = 0; i < pieces.Length; i++)
            {
                Assert.Equal(i == pieces.Length - 1 ? Complete : Held, rig.Add(pieces[i], default).Outcome);
                rig.Add(Piece(junk, 0, 56, id++), default);
            }
        }
    }

    /// <summary>A datagram larger than the table gives itself up, and so does one of too many fragments.</summary>
    [Fact]
    public void One_datagram_is_bounded()
    {
        using FragmentRig small = new(limit: 64);
        byte[][] pieces = Every(8, V4(1, 1).Udp(600).ToBytes());
        (FragmentOutcome, DropReason)[] outcomes = [.. pieces.Select(piece => small.Add(piece, default))];
        Assert.Equal((FragmentOutcome.Dropped, DropReason.FragmentLimit), outcomes[64]);
        Assert.Equal((64ul, (ulong)(pieces.Length - 65)), (small.Dropped(DropReason.FragmentLimit), small.Held));

        using FragmentRig large = new();
        byte[][] many = [.. Every(8, V6(1, 1).Udp(8192).ToBytes()).Reverse()];
        Assert.Equal(FragmentTable.MostFragments + 1, (uint)many.Length);
        AddAll(large, many);
        byte[][] tooMany = Every(8, V6(1, 1).Udp(8200).ToBytes());
        outcomes = [.. tooMany.Select(piece => large.Add(piece, default))];
        Assert.Equal((FragmentOutcome.Dropped, DropReason.FragmentLimit), outcomes[FragmentTable.MostFragments]);
    }

    /// <summary>A worker ends a slice of what is overdue after a burst; a late fragment finds none of the rest either.</summary>
    [Fact]
    public void Expiry_is_sliced_and_late_fragments_do_not_notice()
    {
        using FragmentRig rig = new();
        byte[] frame = V4(1, 1).Udp(100).ToBytes();
        for (uint id = 0; id < 1000; id++)
        {
            rig.Add(Piece(frame, 0, 56, id), default);
        }

        TimeSpan over = TimeSpan.FromSeconds(30);
        rig.Expire(over - TimeSpan.FromMicroseconds(1));
        Assert.Equal(1000ul, rig.Held);
        rig.Expire(over);
        Assert.InRange(rig.Held, 900ul, 999ul);
        Assert.Equal(Held, rig.Add(Piece(frame, 56, 52, 999), over).Outcome);
        for (int slice = 0; slice < 100; slice++)
        {
            rig.Expire(over);
        }

        Assert.Equal((1ul, 1000ul), (rig.Held, rig.Dropped(DropReason.FragmentTimeout)));
    }

    static void AddAll(FragmentRig rig, IEnumerable<byte[]> pieces)
    {
        FragmentOutcome last = Held;
        foreach (byte[] piece in pieces)
        {
            last = rig.Add(piece, default).Outcome;
        }

        Assert.Equal(Complete, last);
    }
}
