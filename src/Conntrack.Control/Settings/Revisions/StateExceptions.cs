using Conntrack.Control.Replay;
using Conntrack.Native;

namespace Conntrack.Control.Settings.Revisions;

/// <summary>A change could not be made durable, so it was not made.</summary>
/// <param name="path">What could not be written.</param>
/// <param name="cause">What the runtime threw.</param>
public sealed class StateWriteException(string path, Exception cause)
    : ChangeRefusedException(UserErrorException.File("the change was not made", path, cause).Message, cause)
{
    /// <summary>EDQUOT.</summary>
    const int QuotaExceeded = 122;

    /// <summary>Whether room is all that is missing.</summary>
    public bool IsFull => InnerException?.HResult is Errno.NoSpace or QuotaExceeded;
}

/// <summary>An earlier revision cannot be read.</summary>
public sealed class StateDamagedException(string message) : ChangeRefusedException(message);

/// <summary>The change was made for another revision than the current one.</summary>
public sealed class StaleRevisionException(ulong expected, ulong current)
    : ChangeRefusedException($"the change is based on revision {expected} and the current one is {current}: nothing was changed");

/// <summary>A revision waits for its confirmation, or none does where one has to.</summary>
public sealed class ConfirmationException(string message) : ChangeRefusedException(message);
