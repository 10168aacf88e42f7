using Conntrack.Live.Bed;
using Conntrack.Live.Checks;

namespace Conntrack.Live;

/// <summary>Every scene of the suite, in the order they are played.</summary>
static class Scenes
{
    public static IReadOnlyList<Scene> All(Options options) =>
    [
        new("plain", new Layout(),
        [
            .. Reaching.All(isShort: true),
            .. Transfers.All(options, isShort: true),
            ManyConnections.Check(isShort: true),
            .. Fragments.All(isShort: true),
            UnderChange.Check(options),
            Recovery.Check(options),
        ]),
        new("narrow beyond", new Layout { IsNarrowBeyond = true }, [.. PathMtu.All(options, isShort: true)]),
        new("narrow exit", new Layout { HasNarrowExit = true }, [.. PathMtu.All(options, isShort: false)])
        {
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire has no MTU of its own" : null,
        },
        new("VLANs", new Layout { HasVlans = true }, [.. Reaching.All(isShort: false), .. Fragments.All(isShort: false)]),
        new("its host", new Layout(), HostDaemons.All)
        {
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire has no address" : null,
        },
        new("trouble", new Layout { HasThird = true }, Trouble.All)
        {
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire has two ends" : null,
        },
        new("home", new Layout { IsHome = true }, [.. Home.All(options)])
        {
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire has neither rules' sides nor an address" : null,
        },
        new("helpers", new Layout { IsHome = true }, [.. Assisted.All])
        {
            Obstacle = arrangement => arrangement.Kind == RouterKind.Wire ? "a wire translates nothing" : null,
        },
        new("session", new Layout { IsFastTracked = false }, [.. SameSession.All(isShort: true)]),
    ];

    /// <summary>One long scene in place of all others.</summary>
    public static IReadOnlyList<Scene> Soak(TimeSpan duration) => [new("soak", new Layout(), Checks.Soak.All(duration))];
}
