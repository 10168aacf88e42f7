namespace Conntrack.Dataplane.Hosting.Observation;

/// <summary>What the survey remembers of one record: 24 bytes.</summary>
struct RateSample
{
    ulong _rates;

    /// <summary>Bytes of both directions at the latest look, the low 32 bits: a second of 34 Gbit/s is told from none.</summary>
    public uint Original, Reply;

    /// <summary>Milliseconds of the latest look.</summary>
    public uint At;

    /// <summary>Whose life it is; 0 for nobody's.</summary>
    public ushort Generation;

    /// <summary>1 when the rates are those of a second.</summary>
    public ushort IsMeasured;

    /// <summary>Bytes a second; one word, so that nobody reads half of it.</summary>
    public (uint Original, uint Reply) Rates
    {
        get
        {
            ulong rates = Volatile.Read(ref _rates);
            return ((uint)rates, (uint)(rates >> 32));
        }

        set => Volatile.Write(ref _rates, value.Original | ((ulong)value.Reply << 32));
    }
}
