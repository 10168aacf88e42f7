namespace Conntrack.Daemon;

/// <summary>What the process ends with.</summary>
static class ExitCode
{
    public const int Success = 0;

    /// <summary>Our own fault.</summary>
    public const int InternalFault = 1;

    /// <summary>What the user gave is wrong: arguments, script, capture.</summary>
    public const int UserError = 2;
}
