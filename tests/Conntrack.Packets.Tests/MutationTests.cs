namespace Conntrack.Packets.Tests;

/// <summary>
/// Frames nobody would send. The buffers lie against pages that may not be touched, so reading out of bounds ends the test run;
/// what is found is compared with <see cref="ReferenceParser"/>.
/// </summary>
public sealed class MutationTests : IDisposable
{
    const int Mutations = 100_000;

    readonly ParserHarness _parser = new();

    public void Dispose() => _parser.Dispose();

    [Fact]
    public void Every_prefix_of_every_sample()
    {
        foreach ((string name, byte[] frame) in Samples.All)
        {
            for (int length = 0; length <= frame.Length; length++)
            {
                Compare($"{name}, {length} bytes", frame[..length], ChecksumPolicy.Verify);
                Compare($"{name}, {length} bytes", frame[..length], ChecksumPolicy.Ignore);
            }
        }
    }

    [Fact]
    public void Every_prefix_of_every_sample_with_lengths_that_fit_it()
    {
        foreach ((string name, byte[] frame) in Samples.All)
        {
            for (int length = 34; length <= frame.Length; length++)
            {
                byte[] cut = frame[..length];
                FitLength(cut);
                Compare($"{name}, {length} bytes", cut, ChecksumPolicy.Verify);
                Compare($"{name}, {length} bytes", cut, ChecksumPolicy.Ignore);
            }
        }
    }

    [Fact]
    public void A_hundred_thousand_mutations()
    {
        Random random = new(20240229);
        byte[][] frames = [.. Samples.All.Values];
        for (int i = 0; i < Mutations; i++)
        {
            byte[] frame = Mutate(frames[random.Next(frames.Length)], random);
            Compare($"mutation {i}", frame, (i & 1) == 0 ? ChecksumPolicy.Ignore : ChecksumPolicy.Verify);
        }
    }

    [Fact]
    public void Mutations_in_segments()
    {
        Random random = new(19700101);
        byte[][] frames = [.. Samples.All.Values];
        for (int i = 0; i < Mutations; i++)
        {
            byte[] frame = Mutate(frames[random.Next(frames.Length)], random);
            int[] cuts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(frame.Length + 1)).Order()];
            Parsed whole = _parser.Parse(frame);
            Parsed parts = _parser.Parse(frame, ChecksumPolicy.Verify, cuts);

            // Headers have to be in the first segment; whatever is understood nevertheless is the same as in one piece.
            bool headerIsCut = parts.Reason != DropReason.None || (parts.Marks & PacketMarks.TransportMalformed) != 0;
            bool flagsAreCut = (parts.Marks & PacketMarks.Fragment) != 0 && parts.TcpFlags == 0;
            whole = flagsAreCut ? whole with { TcpFlags = 0 } : whole;
            Assert.True(headerIsCut || whole == parts, $"mutation {i}: {whole} in one piece, {parts} cut at {string.Join(' ', cuts)}");
        }
    }

    void Compare(string title, byte[] frame, ChecksumPolicy policy)
    {
        Parsed expected = ReferenceParser.Parse(frame, policy);
        Parsed actual = _parser.Parse(frame, policy);
        Assert.True(expected == actual, $"{title}: expected {expected}, found {actual} in {Convert.ToHexString(frame)}");
        Assert.Equal(actual, _parser.ParseAtStart(frame, policy));
    }

    /// <summary>
    /// A few bytes of the headers changed, sometimes a stretch of them; sometimes shorter, sometimes longer; half of the time the IPv4
    /// checksum and the length are made right again, so that the change gets past them.
    /// </summary>
    static byte[] Mutate(byte[] frame, Random random)
    {
        byte[] mutant = random.Next(4) switch
        {
            0 => frame[..random.Next(frame.Length + 1)],
            1 => [.. frame, .. new byte[random.Next(64)]],
            _ => [.. frame],
        };
        for (int changes = random.Next(1, 6); changes > 0 && mutant.Length != 0; changes--)
        {
            int place = random.Next(Math.Min(mutant.Length, random.Next(2) == 0 ? 60 : 160));
            mutant[place] = random.Next(4) switch
            {
                0 => (byte)(mutant[place] ^ (1 << random.Next(8))),
                1 => (byte)random.Next(256),
                2 => 0,
                _ => (byte)(random.Next(2) == 0 ? 0xff : mutant[place] + 1),
            };
        }

        if (random.Next(2) == 0)
        {
            FitLength(mutant);
        }

        return mutant;
    }

    /// <summary>Makes length and checksum of an untagged IP header say what the frame is.</summary>
    static void FitLength(byte[] frame)
    {
        if (frame.Length >= 34 && frame[12] == 0x08 && frame[13] == 0)
        {
            int header = Math.Clamp((frame[14] & 15) * 4, 20, frame.Length - 14);
            (frame[16], frame[17]) = ((byte)((frame.Length - 14) >> 8), (byte)(frame.Length - 14));
            (frame[24], frame[25]) = (0, 0);
            int checksum = Testing.PlainChecksum.Internet(frame[14..(14 + header)]);
            (frame[24], frame[25]) = ((byte)(checksum >> 8), (byte)checksum);
        }
        else if (frame.Length >= 54 && frame[12] == 0x86 && frame[13] == 0xdd)
        {
            (frame[18], frame[19]) = ((byte)((frame.Length - 54) >> 8), (byte)(frame.Length - 54));
        }
    }
}
