using Conntrack.RouterOs.Connections;
using Conntrack.RouterOs.Firewall;
using Conntrack.RouterOs.Names;
using Conntrack.RouterOs.Settings;

namespace Conntrack.RouterOs.Menus;

/// <summary>A value with an optional <c>!</c> in front.</summary>
public sealed class NegatableGrammar<T>(ValueGrammar<T> grammar) : ValueGrammar<Negatable<T>>
{
    public override string Expected => grammar.Expected;

    public override IReadOnlyList<string>? Words => grammar.Words;

    public override bool IsNegatable => true;

    public override ValueProblem? Parse(string text, out Negatable<T> value)
    {
        bool negated = text.StartsWith('!');
        ValueProblem? problem = grammar.Parse(negated ? text[1..] : text, out T inner);
        value = new Negatable<T>(inner, negated);
        if (problem is null || !negated)
        {
            return problem;
        }

        // "!" alone has no part behind it to point at.
        return text.Length == 1 ? Whole(text, problem.Message) : problem with { Index = problem.Index + 1 };
    }

    public override string Format(Negatable<T> value) => (value.Negated ? "!" : "") + grammar.Format(value.Value);
}

/// <summary>A chain of one table: one that packets enter by themselves, or any other name for one that only a jump reaches.</summary>
public sealed class ChainGrammar(RuleTable table) : ValueGrammar<string>
{
    public override string Expected { get; } =
        string.Join(", ", table.Chains().SkipLast(1)) + " or " + table.Chains()[^1];

    public override IReadOnlyList<string> Words => table.Chains();

    public override ValueProblem? Parse(string text, out string value)
    {
        value = text;
        return text.Length == 0 ? Whole(text, "is no chain")
            : text.Length > ConfigurationEntry.MostNameLength ? Whole(text, "is too long for a chain")
            : null;
    }

    public override string Format(string value) => value;
}

/// <summary>The actions of one table.</summary>
public sealed class ActionGrammar(RuleFamily family, RuleTable table) : ValueGrammar<RuleAction>
{
    readonly string[] _words = [.. Enum.GetValues<RuleAction>().Where(action => action.BelongsTo(family, table)).Select(RuleActionWords.Word)];

    public override string Expected => string.Join(", ", _words.SkipLast(1)) + " or " + _words[^1];

    public override IReadOnlyList<string> Words => _words;

    public override ValueProblem? Parse(string text, out RuleAction value) =>
        RuleActionWords.TryParse(text, out value) && value.BelongsTo(family, table) ? null : Whole(text, $"is no action of {table.Word()}");

    public override string Format(RuleAction value) => value.Word();
}

/// <summary>An IP protocol by name or number.</summary>
public sealed class ProtocolGrammar : ValueGrammar<byte>
{
    public override string Expected => "a protocol such as tcp, udp or icmp, or a number from 0 to 255";

    public override IReadOnlyList<string> Words => IpProtocol.Names;

    public override ValueProblem? Parse(string text, out byte value) =>
        IpProtocol.TryParse(text, out value) ? null : Whole(text, "is no protocol");

    public override string Format(byte value) => IpProtocol.Word(value);
}

/// <summary>Addresses of one family.</summary>
public sealed class AddressRangeGrammar(RuleFamily family) : ValueGrammar<AddressRange>
{
    public override string Expected => family == RuleFamily.Ipv4
        ? "an IPv4 address, a prefix such as 192.168.88.0/24, or a range such as 10.0.0.1-10.0.0.9"
        : "an IPv6 address or a prefix such as 2001:db8::/32";

    public override ValueProblem? Parse(string text, out AddressRange value)
    {
        if (AddressRange.TryParse(family, text, out value))
        {
            return null;
        }

        RuleFamily other = family == RuleFamily.Ipv4 ? RuleFamily.Ipv6 : RuleFamily.Ipv4;
        return Whole(text, AddressRange.TryParse(other, text, out _)
            ? $"belongs to /{other.Word()} firewall"
            : "is no address, prefix or range");
    }

    public override string Format(AddressRange value) => value.Text;
}

/// <summary>A comma list of ports and ranges of ports, kept in the order written.</summary>
public sealed class PortsGrammar : ValueGrammar<ValueList<PortRange>>
{
    public override string Expected => "ports from 0 to 65535 and ranges such as 33434-33534, several with commas";

    public override ValueProblem? Parse(string text, out ValueList<PortRange> value)
    {
        var ranges = new List<PortRange>();
        value = [];
        int index = 0;
        foreach (string word in text.Split(','))
        {
            if (!PortRange.TryParse(word, out PortRange range))
            {
                return word.Length == 0 ? Whole(text, "leaves a port out") : new("is no port or range of ports", index, word.Length);
            }

            ranges.Add(range);
            index += word.Length + 1;
        }

        value = [.. ranges];
        return null;
    }

    public override string Format(ValueList<PortRange> value) => string.Join(',', value);
}

/// <summary>A name that others have given. Whether there is one of that name only the whole script tells.</summary>
public sealed class NameGrammar(NameScope scope) : ValueGrammar<string>
{
    public override string Expected => scope.Expected();

    public override ValueProblem? Parse(string text, out string value)
    {
        value = text;
        return text.Length == 0 ? Whole(text, $"is no {scope.Noun()}") : null;
    }

    public override string Format(string value) => value;
}
