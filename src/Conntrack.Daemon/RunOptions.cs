using Conntrack.Control.Replay;
using Conntrack.Control.Router;

namespace Conntrack.Daemon;

/// <summary>What <c>ctrack run</c> was asked to do: the router, and where its control plane answers.</summary>
public sealed record RunOptions(RouterOptions Router, IReadOnlyList<ListenAddress> Listen);

/// <summary>Runs a router until it is told to stop.</summary>
/// <param name="options">What to do.</param>
/// <param name="error">Standard error: logs.</param>
/// <returns>The process's exit code.</returns>
/// <exception cref="UserErrorException">What the user gave is wrong.</exception>
public delegate int RunRouter(RunOptions options, TextWriter error);
