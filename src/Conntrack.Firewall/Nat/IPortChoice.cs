using Conntrack.Tracking;
using Conntrack.Tracking.Table;

namespace Conntrack.Firewall.Nat;

/// <summary>What a port has to be good for that <see cref="PortSearch"/> looks for. A struct: the search is compiled for each.</summary>
interface IPortChoice
{
    /// <summary>Whether the port that stands in the record's reply will do.</summary>
    bool Takes<TRecord>(ConnectionTable<TRecord> table, uint record, ulong time)
        where TRecord : unmanaged, IConnectionRecord<TRecord>;
}
