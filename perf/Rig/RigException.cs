namespace Conntrack.Rig;

/// <summary>The run cannot go on; the message is all there is to say.</summary>
sealed class RigException(string message) : Exception(message);
