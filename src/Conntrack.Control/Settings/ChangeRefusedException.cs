namespace Conntrack.Control.Settings;

/// <summary>A change to the configuration that was not made: what was in force before still is. The message says why.</summary>
public abstract class ChangeRefusedException(string message, Exception? cause = null) : Exception(message, cause);
