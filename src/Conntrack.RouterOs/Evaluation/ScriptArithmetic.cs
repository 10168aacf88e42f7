using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>
/// Sums, products and bits of numbers, times and addresses. Text counts as what it would mean without quotes. Numbers are 64 bits with a
/// sign; what does not fit is an error and not a number somewhere else.
/// </summary>
static class ScriptArithmetic
{
    public static ScriptData Apply(ScriptOperator relation, ScriptData left, ScriptData right, SourceSpan span)
    {
        (ScriptData a, ScriptData b) = (ScriptLiteral.Loose(left), ScriptLiteral.Loose(right));
        try
        {
            return checked((a, b) switch
            {
                (NumberData x, NumberData y) => new NumberData(Numbers(relation, x.Value, y.Value, span)),
                (TimeData x, TimeData y) => Times(relation, x.Value, y.Value, left, right, span),
                (TimeData x, NumberData y) => new TimeData(TimeAndNumber(relation, x.Value, y.Value, left, right, span)),
                (NumberData x, TimeData y) when relation == ScriptOperator.Multiply => new TimeData(new TimeSpan(y.Value.Ticks * x.Value)),
                (NumberData x, TimeData y) when relation is ScriptOperator.Add or ScriptOperator.Subtract =>
                    Times(relation, Seconds(x.Value), y.Value, left, right, span),
                (AddressData x, NumberData y) => AddressAndNumber(relation, x, y.Value, left, right, span),
                (AddressData x, AddressData y) when x.IsIPv6 == y.IsIPv6 => Addresses(relation, x, y, left, right, span),
                _ => throw Refuse(relation, left, right, span),
            });
        }
        catch (OverflowException)
        {
            throw new ScriptError(span, "the result is too large", "a number of 64 bits, or a time that fits");
        }
    }

    public static ScriptData Negate(ScriptData data, SourceSpan span) => ScriptLiteral.Loose(data) switch
    {
        NumberData { Value: > long.MinValue and var number } => new NumberData(-number),
        TimeData time => new TimeData(-time.Value),
        _ => throw new ScriptError(span, $"{Describe(data)} cannot be negated", "a number or a time"),
    };

    public static ScriptData Invert(ScriptData data, SourceSpan span) => ScriptLiteral.Loose(data) switch
    {
        NumberData number => new NumberData(~number.Value),
        AddressData address => address with { Number = ~address.Number & address.Mask },
        _ => throw new ScriptError(span, $"{Describe(data)} has no bits to invert", "a number or an address"),
    };

    /// <summary>A value in a finding: its type and what it is.</summary>
    public static string Describe(ScriptData data) =>
        data.IsNothing ? "nothing" : data is ArrayData or CodeData ? $"an {data.Type}".Replace("an code", "code", StringComparison.Ordinal)
            : $"{data.Type} {DiagnosticSink.Quote(data.Text)}";

    static long Numbers(ScriptOperator relation, long x, long y, SourceSpan span) => checked(relation switch
    {
        ScriptOperator.Add => x + y,
        ScriptOperator.Subtract => x - y,
        ScriptOperator.Multiply => x * y,
        ScriptOperator.Divide => x / Divisor(y, span),
        ScriptOperator.Modulo => y == -1 ? 0 : x % Divisor(y, span),
        ScriptOperator.BitAnd => x & y,
        ScriptOperator.BitOr => x | y,
        ScriptOperator.BitXor => x ^ y,
        ScriptOperator.ShiftLeft => y is >= 0 and < 64 ? x << (int)y : 0,
        _ => y is >= 0 and < 64 ? x >> (int)y : 0,
    });

    static long Divisor(long value, SourceSpan span) =>
        value == 0 ? throw new ScriptError(span, "division by zero", "a divisor other than 0") : value;

    static ScriptData Times(ScriptOperator relation, TimeSpan x, TimeSpan y, ScriptData left, ScriptData right, SourceSpan span) =>
        relation switch
        {
            ScriptOperator.Add => new TimeData(x + y),
            ScriptOperator.Subtract => new TimeData(x - y),
            ScriptOperator.Divide => new NumberData(x.Ticks / Divisor(y.Ticks, span)),
            _ => throw Refuse(relation, left, right, span),
        };

    static TimeSpan TimeAndNumber(ScriptOperator relation, TimeSpan x, long y, ScriptData left, ScriptData right, SourceSpan span) =>
        checked(relation switch
        {
            ScriptOperator.Add => x + Seconds(y),
            ScriptOperator.Subtract => x - Seconds(y),
            ScriptOperator.Multiply => new TimeSpan(x.Ticks * y),
            ScriptOperator.Divide => new TimeSpan(x.Ticks / Divisor(y, span)),
            _ => throw Refuse(relation, left, right, span),
        });

    static TimeSpan Seconds(long number) => new(checked(number * TimeSpan.TicksPerSecond));

    static AddressData AddressAndNumber(
        ScriptOperator relation, AddressData x, long y, ScriptData left, ScriptData right, SourceSpan span)
    {
        UInt128 step = y < 0 ? (UInt128)(-(Int128)y) : (UInt128)y;
        bool isUp = relation == ScriptOperator.Add == y >= 0;
        switch (relation)
        {
            case ScriptOperator.Add or ScriptOperator.Subtract:
                bool fits = isUp ? step <= x.Mask - x.Number : step <= x.Number;
                return fits ? x with { Number = isUp ? x.Number + step : x.Number - step }
                    : throw new ScriptError(span, $"there is no address {y} away from {x.Text}", "an address of the family");
            case ScriptOperator.ShiftLeft:
                return x with { Number = y is >= 0 and < 128 ? (x.Number << (int)y) & x.Mask : 0 };
            case ScriptOperator.ShiftRight:
                return x with { Number = y is >= 0 and < 128 ? x.Number >> (int)y : 0 };
            default:
                throw Refuse(relation, left, right, span);
        }
    }

    static ScriptData Addresses(
        ScriptOperator relation, AddressData x, AddressData y, ScriptData left, ScriptData right, SourceSpan span) => relation switch
        {
            ScriptOperator.Subtract => new NumberData(checked((long)((Int128)x.Number - (Int128)y.Number))),
            ScriptOperator.BitAnd => x with { Number = x.Number & y.Number },
            ScriptOperator.BitOr => x with { Number = x.Number | y.Number },
            ScriptOperator.BitXor => x with { Number = x.Number ^ y.Number },
            _ => throw Refuse(relation, left, right, span),
        };

    static ScriptError Refuse(ScriptOperator relation, ScriptData left, ScriptData right, SourceSpan span)
    {
        string verb = relation switch
        {
            ScriptOperator.Add => "added to",
            ScriptOperator.Subtract => "reduced by",
            ScriptOperator.Multiply => "multiplied with",
            ScriptOperator.Divide or ScriptOperator.Modulo => "divided by",
            _ => "combined bit by bit with",
        };
        return new ScriptError(span, $"{Describe(left)} cannot be {verb} {Describe(right)}", "numbers, times or addresses");
    }
}
