using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Conntrack.Memory;
using Conntrack.Packets;
using Conntrack.Tracking;
using Conntrack.Tracking.Table;
using Conntrack.Tracking.Tests.Table;

namespace Conntrack.Rig.Lookup;

/// <summary>
/// A full table under attack: what established packets cost with a flood between them and without, that none of their connections goes and that
/// memory stays as it is. Random keys, a SYN flood of one network, and keys made to collide under CRC32C and under Toeplitz.
/// </summary>
static unsafe class Floods
{
    const uint Established = 1 << 18, Limit = 1 << 20;

    /// <summary>Quiet ones and attacked ones in turn; of each kind the least disturbed counts.</summary>
    const int Rounds = 24;

    const int BurstsPerRound = 1024;
    const uint Hour = 3600 * Timestamp.TicksPerSecond;

    /// <summary>More than flood and filling the table take together.</summary>
    const int Crafted = 1 << 21;

    delegate Tuple4 Next(uint number);

    public static void Run(FlowHash* hash)
    {
        // Flow numbers beyond the established ones, each seen once.
        Measure(hash, "random keys", IpProtocol.Udp, static number => Traffic.Of(Established + number));
        Measure(hash, "SYNs", IpProtocol.Tcp, static number => new Tuple4
        {
            Src = 0x0000_140a | (number << 16), Dst = 0x010200c0, SrcPort = (ushort)(number >> 16), DstPort = 0x5000,
        });
        Tuple4[] crc = CraftedKeys.Of(CraftedKeys.Crc, Crafted);
        Measure(hash, "one CRC32C", IpProtocol.Tcp, number => crc[number]);
        Tuple4[] toeplitz = CraftedKeys.Of(CraftedKeys.Toeplitz, Crafted);
        Measure(hash, "one Toeplitz", IpProtocol.Tcp, number => toeplitz[number]);
    }

    static void Measure(FlowHash* hash, string name, byte protocol, Next next)
    {
        using ConnectionTable<Connection4> table = new(hash, Limit, Limit);
        Lifecycle.Populate(table, hash, Established);
        Packet* flood = stackalloc Packet[Traffic.Burst];
        Packet* burst = stackalloc Packet[Traffic.Burst];
        uint attackers = 0;
        while (table.View->Records.Count < Limit)
        {
            if (attackers % 8192 == 0)
            {
                table.View->CommitAhead();
            }

            Attack(table, hash, flood, ref attackers, protocol, next);
        }

        table.View->CommitAhead();
        nuint memory = table.View->CommittedBytes;
        Traffic traffic = new(Established, 88172645463325252);
        ulong time = 1;
        uint missed = 0;
        long quiet = long.MaxValue, attacked = long.MaxValue, ofFlood = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            bool attack = round % 2 != 0;
            long established = 0, attacking = 0;
            for (int n = 0; n < BurstsPerRound; n++)
            {
                traffic.Fill(burst, 1, ref time);
                attacking += attack ? Attack(table, hash, flood, ref attackers, protocol, next) : 0;
                long start = Stopwatch.GetTimestamp();
                missed += Continue(table, hash, burst);
                established += Stopwatch.GetTimestamp() - start;
            }

            (quiet, attacked) = attack ? (quiet, Math.Min(attacked, established)) : (Math.Min(quiet, established), attacked);
            ofFlood = attack ? Math.Min(ofFlood, attacking) : ofFlood;
        }

        double elsewhere = Lifecycle.OverflowShare(&table.View->Index);
        table.View->CommitAhead();
        if (missed != 0 || table.View->CommittedBytes != memory || table.View->Records.Count > Limit || table.View->Index.Refused != 0)
        {
            throw new InvalidOperationException(
                $"{name}: {missed} established packets without their connection, {table.View->CommittedBytes - memory} bytes more, "
                + $"{table.View->Records.Count} connections, {table.View->Index.Refused} refused by the index.");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"flood of {name,-12}   established: {Each(quiet):F1} ns quiet, {Each(attacked):F1} ns attacked, none lost   flood: {Each(ofFlood):F0} ns each, {table.View->Counters.Evicted:N0} gave way   {elsewhere:P1} of the entries in overflow buckets"));
    }

    static double Each(long ticks) => ticks * (1e9 / Stopwatch.Frequency) / BurstsPerRound / Traffic.Burst;

    /// <summary>A burst of the flood; the ticks it took.</summary>
    static long Attack(ConnectionTable<Connection4> table, FlowHash* hash, Packet* flood, ref uint attackers, byte protocol, Next next)
    {
        for (int n = 0; n < Traffic.Burst; n++)
        {
            Traffic.Set(flood + n, 0, false, 0);
            flood[n].Tuple = next(attackers);
            flood[n].Protocol = protocol;
            flood[n].Number = attackers++;
        }

        long start = Stopwatch.GetTimestamp();
        Lifecycle.Create(table, hash, flood, Traffic.Burst, Hour, EvictionClass.HalfOpen);
        return Stopwatch.GetTimestamp() - start;
    }

    /// <summary>Established packets to their connections; how many have none any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static uint Continue(ConnectionTable<Connection4> table, FlowHash* hash, Packet* burst)
    {
        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            packet->Hash = hash->Hash4(packet->Tuple, packet->Protocol, 0);
            packet->Bucket = table.BucketOf(packet->Hash);
            Prefetch.Line(packet->Bucket);
        }

        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            packet->Candidate = table.Candidate(packet->Bucket, packet->Hash);
            table.PrefetchRecord(packet->Candidate);
        }

        uint missed = 0;
        for (Packet* packet = burst; packet != burst + Traffic.Burst; packet++)
        {
            uint record = table.Find(packet, out int direction);
            missed += record == 0 ? 1u : 0;
            Connection* connection = table.ConnectionAt(record);
            Connection.Count(connection, direction & 1, packet->IpLength);
            table.Refresh(record, connection, packet->Time, Hour);
        }

        return missed;
    }
}
