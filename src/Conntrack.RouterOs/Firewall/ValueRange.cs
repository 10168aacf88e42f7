namespace Conntrack.RouterOs.Firewall;

/// <summary>Numbers from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
public readonly record struct ValueRange<T>(T From, T To)
    where T : struct;
