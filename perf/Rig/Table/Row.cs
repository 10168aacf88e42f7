using Conntrack.Rig.Peers;

namespace Conntrack.Rig.Table;

/// <summary>A line of the table: one kind of work, done by everyone who can.</summary>
/// <param name="Id">Its name on the command line and in files; stays what it is.</param>
/// <param name="Section">Lines that belong together.</param>
/// <param name="Title">What is done, for people.</param>
/// <param name="Workload">The packets.</param>
/// <param name="Scripts">What our router is configured with, one after the other.</param>
/// <param name="Work">What Open vSwitch and Linux do with them.</param>
sealed record Row(string Id, string Section, string Title, Workload Workload, IReadOnlyList<string> Scripts, PeerWork Work)
{
    /// <summary>Left to ourselves: nobody else gets through it in the time there is.</summary>
    public bool Alone { get; init; }

    /// <summary>One of the few that say most.</summary>
    public bool IsQuick { get; init; }
}
