namespace Conntrack.RouterOs.Menus;

/// <summary>What is wrong with a value, and at which part of its text, so that one member of a list can be pointed at.</summary>
/// <param name="Message">A whole phrase that begins with the property's name left out: <c>is no time</c>.</param>
/// <param name="Index">Where the wrong part begins in the value.</param>
/// <param name="Length">How long it is.</param>
public sealed record ValueProblem(string Message, int Index, int Length);

/// <summary>What the values of a property are to conditions and to programs.</summary>
public enum ValueKind : byte
{
    Text,
    Number,
    Flag,
}

/// <summary>The written form of a property's values: what is expected, reading it, writing it.</summary>
public abstract class ValueGrammar<T>
{
    /// <summary>Completes "expected …".</summary>
    public abstract string Expected { get; }

    /// <summary>The words that would be valid, where they are a closed list: for "did you mean" and for completion.</summary>
    public virtual IReadOnlyList<string>? Words => null;

    public virtual ValueKind Kind => ValueKind.Text;

    /// <summary>Whether a leading <c>!</c> negates.</summary>
    public virtual bool IsNegatable => false;

    /// <summary>Null when the text was read; <paramref name="value"/> counts only then.</summary>
    public abstract ValueProblem? Parse(string text, out T value);

    /// <summary>The canonical form, which <see cref="Parse"/> reads back to an equal value.</summary>
    public abstract string Format(T value);

    protected static ValueProblem Whole(string text, string message) => new(message, 0, text.Length);
}
