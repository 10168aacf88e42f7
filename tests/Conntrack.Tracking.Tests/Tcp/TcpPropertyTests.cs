using Conntrack.Tracking.Tests.Table;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.Tracking.Tests.Tcp;

/// <summary>What holds for every sequence of segments, legal or not.</summary>
public class TcpPropertyTests
{
    static readonly (uint Client, uint Server)[] s_beginnings = [(uint.MaxValue - 500, int.MaxValue - 500), (int.MaxValue - 3000, uint.MaxValue - 3000)];
    static readonly string[] s_flags = ["SYN", "SYN,ACK", "ACK", "PSH,ACK", "ACK", "FIN,ACK", "RST", "RST,ACK", "none"];
    static readonly int[] s_distances = [0, 0, 0, 0, 1, -1, 100, -100, 1000, 1400, -1460, 8192, 64_240, 65_536, -66_000, -66_001, 200_000];

    /// <summary>
    /// Numbers wrap: from the SYN,ACK on a conversation is the same anywhere in the sequence space. Before it, what the opener acknowledges is
    /// measured against 0, as in nf_conntrack; and an RST,ACK that acknowledges 0 means nothing by it, so those that would fall on it are left out.
    /// </summary>
    [Fact]
    public void Where_the_numbers_begin_makes_no_difference() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(60),
            Prop.ForAll(Operations.Arbitrary(), static operations =>
            {
                string[] usual = Play(operations, 100_000_000, 200_000_000);
                Assert.All(s_beginnings, numbers => Assert.Equal(usual, Play(operations, numbers.Client, numbers.Server)));
            }));

    /// <summary>Some stacks answer with an RST,ACK whose acknowledgment is 0; nf_conntrack takes it for one of all that was sent, wherever 0 lies.</summary>
    [Fact]
    public void A_reset_that_acknowledges_0_is_measured_by_what_was_sent()
    {
        using var conversation = new Conversation();
        conversation.Send(Segments.Of(">", 2, uint.MaxValue - 500, 0));
        conversation.Send(Segments.Of("<", 18, 5000, uint.MaxValue - 499));
        Assert.Equal("Invalid", conversation.Send(Segments.Of("<", 20, 5001, 1)).ToString());
        Assert.Equal("Established", conversation.Send(Segments.Of("<", 20, 5001, 0)).ToString());
    }

    /// <summary>Whether a packet that only counts is let past the rest of tracking makes no difference to anything in the record.</summary>
    [Fact]
    public void What_only_counts_leaves_the_record_as_all_of_tracking_does() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(100),
            Prop.ForAll(Operations.Arbitrary(), static operations =>
                Assert.Equal(Play(operations, 100_000_000, 200_000_000, passes: false), Play(operations, 100_000_000, 200_000_000, passes: true))));

    /// <summary>Ends that keep to RFC 9293 and to each other's window, over a net that loses, never see one of their packets called invalid.</summary>
    [Fact]
    public void Honest_ends_are_never_invalid() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(400),
            Prop.ForAll(Operations.Arbitrary(), HonestEnds.Converse));

    /// <summary>Options of any bytes, at the very end of the memory there is.</summary>
    [Fact]
    public void Options_of_any_bytes_do_no_harm() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(40),
            Prop.ForAll(Operations.Arbitrary(), static operations =>
            {
                using var conversation = new Conversation();
                byte[] options = [.. operations.Select(static operation => (byte)(operation % 3 == 0 ? operation % 9 : operation >> 8)).Take(40)];
                options = options[..(options.Length & ~3)];
                Assert.Equal("New", conversation.Send(Segments.Of(">", 2, 1000, 0, options: options)).ToString());
                Assert.Equal("Established", conversation.Send(Segments.Of("<", 18, 5000, 1001, options: options)).ToString());
                conversation.Send(Segments.Of(">", 16, 1001, 5001, options: options));
                conversation.Send(Segments.Of("<", 16, 5001, 1001, options: options));
                Assert.Equal("Established", conversation.Send(Segments.Of(">", 16, 1001, 5001)).ToString());
            }));

    static unsafe string[] Play(int[] operations, uint client, uint server, bool? passes = null)
    {
        using var conversation = new Conversation { Now = Conversation.Second, Passes = passes ?? true };
        conversation.Parameters->Loose = 0;
        uint[] first = [client, server], next = [client + 1, server + 1];
        conversation.Send(Segments.Of(">", 2, client, 0, 5000, [1, 3, 3, 2, 1, 1, 4, 2]));
        conversation.Send(Segments.Of("<", 18, server, client + 1, 5000, [1, 3, 3, 2, 1, 1, 4, 2]));
        List<string> seen = [];
        foreach (int operation in operations.TakeWhile(_ => conversation.Listed().All(connection => connection.State != (byte)TcpState.SynSent)))
        {
            var random = new Random(operation);
            int side = random.Next(2);
            int flags = Segments.Bits(s_flags[random.Next(s_flags.Length)]);
            int length = (flags & 6) != 0 ? 0 : random.Next(3) * 700;
            uint begin = (flags & 2) != 0 ? first[side] : next[side];
            uint sequence = begin + (uint)s_distances[random.Next(s_distances.Length)];
            uint acknowledgment = next[1 - side] + (uint)s_distances[random.Next(s_distances.Length)];
            if (flags == 20 && s_beginnings.Any(numbers => (side == 0 ? numbers.Server : numbers.Client) + (acknowledgment - first[1 - side]) == 0))
            {
                continue;
            }

            byte[] options = random.Next(4) switch
            {
                0 when (flags & 2) != 0 => [1, 3, 3, (byte)random.Next(15), 1, 1, 4, 2],
                1 when (flags & 2) == 0 => [1, 1, 5, 10, 0, 0, 0, 0, .. Peers.Big(acknowledgment + (uint)random.Next(3000))],
                _ => [],
            };
            uint end = sequence + (uint)length + (uint)(flags & 1);
            next[side] = (int)(end - next[side]) is > 0 and < 70_000 ? end : next[side];
            conversation.Now += random.Next(1_000_000);
            string state = conversation.Send(
                Segments.Of(side == 0 ? ">" : "<", flags, sequence, acknowledgment, random.Next(3) * 900, options, length)).ToString();
            if (passes != null)
            {
                byte* records = conversation.Connections4.View->Records.Base;
                seen.Add(Convert.ToHexString(new ReadOnlySpan<byte>(records, (int)(conversation.Connections4.View->Records.HighWater + 1) * Connection4.ByteSize)));
            }

            seen.Add(state + string.Join(' ', conversation.Listed().Select(static connection =>
                $" {Segments.Word(connection.State)} {Segments.Letters(connection.Flags)} {connection.Timeout} "
                + $"{connection.OriginalCounters} {connection.ReplyCounters}")));
        }

        return [.. seen];
    }
}
