using Conntrack.Memory;

namespace Conntrack.Dataplane.Hosting.Observation;

/// <summary>The rates of one table's connections, measured by whoever looks at each of them once a second. One writer, any number of readers.</summary>
sealed class RateBook
{
    const int ChunkBits = 11;
    const uint ChunkSize = 1 << ChunkBits;

    /// <summary>A connection younger than this has sent all its bytes within the second that is measured.</summary>
    const uint Young = (3 * Timestamp.TicksPerSecond) / 2;

    volatile RateSample[][] _chunks = [];

    /// <summary>Takes note of a living connection. Returns its bits a second, both directions together.</summary>
    /// <param name="record">Its number.</param>
    /// <param name="generation">Its life.</param>
    /// <param name="startTick">Its creation.</param>
    /// <param name="original">Bytes of the original direction, the low 32 bits.</param>
    /// <param name="reply">Of the reply's.</param>
    /// <param name="now">See <see cref="Timestamp"/>.</param>
    public ulong Note(uint record, ushort generation, uint startTick, uint original, uint reply, ulong now)
    {
        ref RateSample sample = ref At(record);
        uint milliseconds = (uint)(Timestamp.ToMicroseconds(now) / 1000);
        bool isMeasured = true;
        if (sample.Generation == generation)
        {
            uint elapsed = milliseconds - sample.At;
            if (elapsed == 0)
            {
                return 0;
            }

            sample.Rates = (PerSecond(original - sample.Original, elapsed), PerSecond(reply - sample.Reply, elapsed));
        }
        else
        {
            uint age = Timestamp.Tick(now) - startTick;
            isMeasured = age <= Young;
            uint elapsed = Math.Max(age, Timestamp.TicksPerSecond) * 10;
            sample.Rates = isMeasured ? (PerSecond(original, elapsed), PerSecond(reply, elapsed)) : (0, 0);
        }

        sample.Original = original;
        sample.Reply = reply;
        sample.At = milliseconds;
        Volatile.Write(ref sample.IsMeasured, isMeasured ? (ushort)1 : (ushort)0);
        Volatile.Write(ref sample.Generation, generation);
        (uint first, uint second) = sample.Rates;
        return ((ulong)first + second) * 8;
    }

    /// <summary>Bits a second; null while nobody has measured them.</summary>
    public (ulong Original, ulong Reply)? RatesOf(uint record, ushort generation)
    {
        RateSample[][] chunks = _chunks;
        uint chunk = record >> ChunkBits;
        if (chunk >= chunks.Length)
        {
            return null;
        }

        ref RateSample sample = ref chunks[chunk][record & (ChunkSize - 1)];
        if (Volatile.Read(ref sample.Generation) != generation || Volatile.Read(ref sample.IsMeasured) == 0)
        {
            return null;
        }

        (uint original, uint reply) = sample.Rates;
        return (original * 8ul, reply * 8ul);
    }

    /// <summary>For one that is too young to have been looked at.</summary>
    public static (ulong Original, ulong Reply)? OfYoung(uint startTick, ulong original, ulong reply, ulong now)
    {
        uint age = Timestamp.Tick(now) - startTick;
        ulong ticks = Math.Max(age, Timestamp.TicksPerSecond);
        return age > Young ? null : (original * 8 * Timestamp.TicksPerSecond / ticks, reply * 8 * Timestamp.TicksPerSecond / ticks);
    }

    ref RateSample At(uint record)
    {
        uint chunk = record >> ChunkBits;
        RateSample[][] chunks = _chunks;
        if (chunk >= chunks.Length)
        {
            var more = new RateSample[Math.Max(chunk + 1, chunks.Length + (chunks.Length / 4))][];
            for (int n = 0; n < more.Length; n++)
            {
                more[n] = n < chunks.Length ? chunks[n] : new RateSample[ChunkSize];
            }

            _chunks = chunks = more;
        }

        return ref chunks[chunk][record & (ChunkSize - 1)];
    }

    static uint PerSecond(uint bytes, uint milliseconds) => (uint)Math.Min(bytes * 1000ul / milliseconds, uint.MaxValue);
}
