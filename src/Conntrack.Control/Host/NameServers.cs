using System.Net;
using Conntrack.RouterOs.Firewall;
using DnsClient;
using DnsClient.Protocol;

namespace Conntrack.Control.Host;

/// <summary>
/// Asks name servers for the addresses of names: those that were named, else those that the host itself asks (resolv.conf). Waits for an answer,
/// so it is never called by a thread that others wait for.
/// </summary>
/// <param name="servers">Whom to ask; none for the host's own.</param>
public sealed class NameServers(IReadOnlyList<IPEndPoint> servers)
{
    /// <summary>An answer that is good for less than this is asked for no sooner; RFC 1035 3.2.1 allows a time to live of 0.</summary>
    public static readonly TimeSpan ShortestTimeToLive = TimeSpan.FromSeconds(5);

    static readonly TimeSpan s_longestTimeToLive = TimeSpan.FromDays(1);

    LookupClient? _client;

    /// <summary>Addresses of one family.</summary>
    /// <returns>None for a name without any; null when nobody answered what can be believed.</returns>
    public NameAnswer? Ask(string name, RuleFamily family)
    {
        try
        {
            _client ??= TryFind();
            if (_client is null)
            {
                return null;
            }

            // The dot at the end: what a search list adds to a name is none of a firewall's business.
            IDnsQueryResponse response = _client.Query(name.TrimEnd('.') + ".", family == RuleFamily.Ipv4 ? QueryType.A : QueryType.AAAA);
            if (response.HasError && response.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain)
            {
                return null;
            }

            List<AddressRecord> records = [.. response.Answers.AddressRecords()];
            TimeSpan life = records.Count == 0 ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(records.Min(static record => record.InitialTimeToLive));
            return new NameAnswer([.. records.Select(static record => record.Address)], Within(life));
        }
        catch (DnsResponseException)
        {
            return null;
        }
    }

    /// <summary>Null where the host asks nobody: nor do we, for whom a firewall believes is its owner's to say.</summary>
    LookupClient? TryFind()
    {
        NameServer[] asked = servers.Count > 0
            ? [.. servers.Select(static server => new NameServer(server))]
            : [.. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)];

        // Whoever asks remembers the answers, and answers that a name does not exist too.
        return asked.Length == 0 ? null : new LookupClient(new LookupClientOptions(asked)
        {
            UseCache = false,
            ThrowDnsErrors = false,
            Timeout = TimeSpan.FromSeconds(2),
            Retries = 1,
        });
    }

    static TimeSpan Within(TimeSpan life) =>
        life < ShortestTimeToLive ? ShortestTimeToLive : life > s_longestTimeToLive ? s_longestTimeToLive : life;
}

/// <summary>What name servers say of a name.</summary>
/// <param name="Addresses">Of one family, in no order.</param>
/// <param name="TimeToLive">How long that is good.</param>
public sealed record NameAnswer(IReadOnlyList<IPAddress> Addresses, TimeSpan TimeToLive);
