namespace Conntrack.Rig.Model;

/// <summary>What one worker and two of them did with the same packets, in turns.</summary>
/// <param name="Row">A row of the table.</param>
/// <param name="One">Millions of packets a second of one worker.</param>
/// <param name="Two">Of two.</param>
/// <param name="HandedOver">Share of the packets that came to another worker than their connection's.</param>
sealed record TwoWorkers(string Row, double One, double Two, double HandedOver)
{
    /// <summary>Nanoseconds of a packet, of the worker that has it.</summary>
    public double OneNs => 1000 / One;

    public double TwoNs => 2000 / Two;
}

/// <summary>
/// How workers slow each other down: <c>ns(n) = ns(1) · (1 + sharing · (n − 1)) + share(n) · handing</c>. Both numbers are measured with two
/// workers, one with traffic of which nothing is handed over and one with translated traffic; see docs/scaling.md.
/// </summary>
/// <param name="Sharing">What each further worker adds to a packet's time, as a share of it: caches and memory are common.</param>
/// <param name="HandingNs">What a packet that is handed over costs more, both workers together.</param>
/// <param name="Runs">What it was found from, and what it is checked against.</param>
sealed record Scaling(double Sharing, double HandingNs, IReadOnlyList<TwoWorkers> Runs)
{
    /// <summary>Before anything was measured: workers that do not disturb each other, and a packet's whole way once more.</summary>
    public static Scaling Unmeasured { get; } = new(0, 100, []);

    /// <param name="plain">Nothing is handed over.</param>
    /// <param name="translated">Half of the replies are.</param>
    /// <param name="runs">All of them.</param>
    public static Scaling From(TwoWorkers plain, TwoWorkers translated, IReadOnlyList<TwoWorkers> runs)
    {
        double sharing = Math.Max(0, (plain.TwoNs / plain.OneNs) - 1);
        double handing = translated.HandedOver <= 0 ? 0 : Math.Max(0, (translated.TwoNs - (translated.OneNs * (1 + sharing))) / translated.HandedOver);
        return new Scaling(Math.Round(sharing, 4), Math.Round(handing, 1), runs);
    }

    /// <summary>
    /// Share of packets that n workers hand over. A NIC spreads both directions of an untranslated connection alike; a translated reply has
    /// other addresses and comes to any worker, and replies are half of the packets.
    /// </summary>
    public static double HandedOver(bool translated, int workers) => translated ? 0.5 * (1 - (1.0 / workers)) : 0;

    /// <summary>Nanoseconds of a packet, of the worker that has it.</summary>
    /// <param name="oneNs">With one worker.</param>
    /// <param name="workers">How many there are.</param>
    /// <param name="handedOver">Share that is handed over.</param>
    public double PacketNs(double oneNs, int workers, double handedOver) =>
        (oneNs * (1 + (Sharing * (workers - 1)))) + (handedOver * HandingNs);
}
