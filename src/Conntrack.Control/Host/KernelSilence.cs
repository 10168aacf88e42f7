using System.Globalization;
using System.Net.NetworkInformation;
using System.Text;

namespace Conntrack.Control.Host;

/// <summary>
/// Keeps the kernel's own stack out of interfaces that the router has bound by a packet socket. Such a socket hears a copy: with the router's
/// addresses on the host's side, the kernel would answer for them past the input chain. nftables' ingress hook comes behind packet sockets, so
/// what is dropped there is the router's alone.
/// </summary>
/// <remarks>
/// An interface that has addresses of the host's is left as it is, and its user told: whoever is connected by it would be cut off.
/// </remarks>
sealed class KernelSilence : IDisposable
{
    readonly Func<string, string> _change;
    readonly Func<string, bool> _isHosts;
    readonly Action<string> _warn;
    readonly HashSet<string> _told = [];
    IReadOnlyList<string> _silent = [];

    /// <param name="name">Of the router's interface on the host, which no other router of this host has.</param>
    /// <param name="warn">Takes what the host refused, a line each.</param>
    public KernelSilence(string name, Action<string> warn)
        : this(name, script => HostProgram.Run("nft", script, "-f", "-").Error, HasAddresses, warn)
    {
        // One that ended without a word has left it.
        _change($"add table netdev {Table}\ndelete table netdev {Table}\n");
    }

    /// <param name="name">As above.</param>
    /// <param name="change">Carries out a script of nftables, whole or not at all; says what is wrong with it, or nothing.</param>
    /// <param name="isHosts">Whether the host speaks by an interface itself.</param>
    /// <param name="warn">As above.</param>
    internal KernelSilence(string name, Func<string, string> change, Func<string, bool> isHosts, Action<string> warn)
    {
        Table = "ctrack-" + string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '_'));
        _change = change;
        _isHosts = isHosts;
        _warn = warn;
    }

    string Table { get; }

    /// <summary>These interfaces, and no others, are the router's alone from now on.</summary>
    public void Follow(IEnumerable<string> links)
    {
        string[] silent = [.. links.Where(IsRoutersAlone).Order(StringComparer.Ordinal)];
        if (silent.SequenceEqual(_silent))
        {
            return;
        }

        string complaint = _change(Script(silent));
        if (complaint.Length == 0)
        {
            _silent = silent;
        }
        else if (_told.Add(complaint))
        {
            _warn($"warning: {string.Join(", ", silent)}: the kernel hears what the router hears, and may answer past the input chain: {complaint}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Follow([]);

    bool IsRoutersAlone(string link)
    {
        bool isHosts = _isHosts(link);
        if (isHosts && _told.Add(link))
        {
            _warn($"warning: {link}: has addresses of the host, so the kernel hears what the router hears and may answer past the input chain; remove them");
        }

        return !isHosts;
    }

    /// <summary>One transaction: between the table before and the one after it no frame gets to the kernel.</summary>
    string Script(string[] links)
    {
        StringBuilder script = new($"add table netdev {Table}\ndelete table netdev {Table}\n");
        if (links.Length > 0)
        {
            script.Append(CultureInfo.InvariantCulture, $"table netdev {Table} {{\n");
            foreach ((int number, string link) in links.Index())
            {
                script.Append(
                    CultureInfo.InvariantCulture,
                    $"  chain port{number} {{ type filter hook ingress device \"{link}\" priority 0; policy drop; }}\n");
            }

            script.Append("}\n");
        }

        return script.ToString();
    }

    static bool HasAddresses(string link) => NetworkInterface.GetAllNetworkInterfaces()
        .Where(candidate => candidate.Name == link)
        .SelectMany(candidate => candidate.GetIPProperties().UnicastAddresses)
        .Any(address => !address.Address.IsIPv6LinkLocal);
}
