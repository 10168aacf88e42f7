using System.Globalization;
using System.Net;
using System.Text;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Values;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>A value of a running script. Immutable; two are equal when type and content are.</summary>
public abstract record ScriptData
{
    /// <summary>As <c>:typeof</c> says it.</summary>
    public abstract string Type { get; }

    /// <summary>As <c>:put</c> shows it and as it joins other text.</summary>
    public abstract string Text { get; }

    /// <summary>
    /// Writes the text, the elements of arrays with <paramref name="separator"/> between them; false when it has more than
    /// <paramref name="most"/> characters, of which a part is then written.
    /// </summary>
    public virtual bool TryWrite(StringBuilder text, char separator, int most)
    {
        text.Append(Text);
        return text.Length <= most;
    }

    /// <summary>What <c>:len</c> says.</summary>
    public virtual int Length => Text.Length;

    public bool IsNothing => this is NothingData;
}

/// <summary>No value: <c>nothing</c> for a variable nobody set, <c>nil</c> for what a command could not tell. They are equal.</summary>
public sealed record NothingData : ScriptData
{
    public static NothingData Nothing { get; } = new("nothing");

    public static NothingData Nil { get; } = new("nil");

    NothingData(string type) => Type = type;

    public override string Type { get; }

    public override string Text => "";

    public bool Equals(NothingData? other) => other is not null;

    public override int GetHashCode() => 0;
}

public sealed record NumberData(long Value) : ScriptData
{
    public override string Type => "num";

    public override string Text => Value.ToString(CultureInfo.InvariantCulture);
}

public sealed record TruthData(bool Value) : ScriptData
{
    public static TruthData True { get; } = new(true);

    public static TruthData False { get; } = new(false);

    public static TruthData Of(bool value) => value ? True : False;

    public override string Type => "bool";

    public override string Text => Value ? "true" : "false";
}

public sealed record TextData(string Value) : ScriptData
{
    public static TextData Empty { get; } = new("");

    public override string Type => "str";

    public override string Text => Value;
}

/// <summary>An address; the number is in host order, IPv4 in the low 32 bits.</summary>
public sealed record AddressData(UInt128 Number, bool IsIPv6) : ScriptData
{
    public override string Type => IsIPv6 ? "ip6" : "ip";

    public override string Text => Address.ToString();

    public UInt128 Mask => IsIPv6 ? UInt128.MaxValue : uint.MaxValue;

    IPAddress Address => IsIPv6 ? AddressNumber.ToIPv6(Number) : AddressNumber.ToIPv4(Number);
}

/// <summary>An address and how many of its leading bits count.</summary>
public sealed record PrefixData(AddressData Address, int Bits) : ScriptData
{
    public override string Type => Address.IsIPv6 ? "ip6-prefix" : "ip-prefix";

    public override string Text => $"{Address.Text}/{Bits}";

    /// <summary>Whether every address of <paramref name="other"/> is one of this prefix.</summary>
    public bool Contains(AddressData other, int bits)
    {
        int hostBits = (Address.IsIPv6 ? 128 : 32) - Bits;
        return other.IsIPv6 == Address.IsIPv6 && bits >= Bits
            && (hostBits == 128 || other.Number >> hostBits == Address.Number >> hostBits);
    }
}

/// <summary>A span of time, shown as RouterOS's console does: <c>1d00:00:00</c>, <c>00:00:00.200</c>.</summary>
public sealed record TimeData(TimeSpan Value) : ScriptData
{
    public override string Type => "time";

    public override string Text => ClockText.Format(Value);
}

/// <summary>An internal id such as <c>*1a</c>.</summary>
public sealed record IdData(string Value) : ScriptData
{
    public override string Type => "id";

    public override string Text => Value;
}

/// <summary>Commands to be called: a function.</summary>
public sealed record CodeData(IReadOnlyList<Statement> Commands) : ScriptData
{
    public override string Type => "code";

    public override string Text => "(code)";
}

/// <summary>What failed and was reported where it did: whatever uses it fails too, without a word.</summary>
sealed record FailedData : ScriptData
{
    public static FailedData Instance { get; } = new();

    public override string Type => "nil";

    public override string Text => "";
}
