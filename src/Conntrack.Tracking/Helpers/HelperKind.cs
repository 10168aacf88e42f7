namespace Conntrack.Tracking.Helpers;

/// <summary>What reads a connection's payload, and of which kind an expected connection therefore is: RouterOS's connection-type by number.</summary>
public enum HelperKind : byte
{
    None = 0,
    Ftp = 1,
    H323 = 2,
    Irc = 3,
    Pptp = 4,
    Quake3 = 5,
    Sip = 6,
    Tftp = 7,
}
