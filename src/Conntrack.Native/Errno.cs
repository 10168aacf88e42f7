namespace Conntrack.Native;

/// <summary>The errno values (Linux, x86-64) that callers tell apart; a status is one of them negated.</summary>
public static class Errno
{
    public const int NoEntry = 2;
    public const int Io = 5;
    public const int WouldBlock = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NoDevice = 19;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int Range = 34;

    /// <summary>EBADMSG: a capture that is truncated or corrupt.</summary>
    public const int BadMessage = 74;

    /// <summary>ENOTSUP: a driver that cannot, or a capture of another link type than Ethernet.</summary>
    public const int NotSupported = 95;

    /// <summary>EALREADY: EAL was started in this process before.</summary>
    public const int Already = 114;
}
