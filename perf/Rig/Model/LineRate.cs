namespace Conntrack.Rig.Model;

/// <summary>Frames of one kind on a link.</summary>
/// <param name="Name">For people.</param>
/// <param name="Bytes">Mean length of a frame, check sequence included.</param>
sealed record FrameMix(string Name, double Bytes)
{
    /// <summary>Preamble and gap.</summary>
    const int Between = 20;

    public static IReadOnlyList<FrameMix> All { get; } =
        [new("64 B", 64), new("IMIX (7 × 64, 4 × 570, 1 × 1518)", ((7 * 64) + (4 * 570) + 1518) / 12.0), new("1500 B packets", 1518)];

    /// <summary>Millions of frames a second that a full link carries in one direction.</summary>
    public double Mpps(int gigabits) => gigabits * 1000.0 / 8 / (Bytes + Between);
}

/// <summary>How many workers it takes.</summary>
/// <param name="Scaling">How they slow each other down.</param>
/// <param name="NicNs">What receiving and sending a packet costs with a real NIC, where the rig has its source and sink.</param>
/// <param name="Use">The share of a worker's time that may be in use at line rate.</param>
sealed record CoreCount(Scaling Scaling, double NicNs, double Use)
{
    const int Most = 64;

    /// <summary>Workers that take the rate; null when 64 do not.</summary>
    public int? For(double workerNs, bool translated, double mpps)
    {
        for (int workers = 1; workers <= Most; workers++)
        {
            if (Mpps(workerNs, translated, workers) >= mpps)
            {
                return workers;
            }
        }

        return null;
    }

    /// <summary>Millions of packets a second that n workers take.</summary>
    public double Mpps(double workerNs, bool translated, int workers) =>
        workers * Use * 1000 / Scaling.PacketNs(workerNs + NicNs, workers, Scaling.HandedOver(translated, workers));
}
