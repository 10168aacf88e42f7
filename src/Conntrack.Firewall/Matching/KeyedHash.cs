namespace Conntrack.Firewall.Matching;

/// <summary>
/// A hash of a few words under a secret key: multiplications whose both halves are folded, as wyhash has it. Not linear, so what shares a
/// bucket is not to be chosen without the key.
/// </summary>
static class KeyedHash
{
    const ulong First = 0xa0761d6478bd642f, Second = 0xe7037ed1a0b428db, Third = 0x8ebc6af09c88c6e3;

    public static ulong Of(ulong key, ulong one, ulong other, ulong third) =>
        Fold(Fold(one ^ key ^ First, other ^ Second) ^ third, key ^ Third);

    /// <summary>One word spread over all bits.</summary>
    public static ulong Of(ulong key, ulong one) => Fold(one ^ First, key ^ Second);

    static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
