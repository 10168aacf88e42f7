using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>The arguments of one of the language's own commands, by position and by name.</summary>
readonly struct ScriptArguments(Statement statement)
{
    /// <summary>The values without a name.</summary>
    public IEnumerable<ScriptValue> Unnamed => statement.Arguments
        .Where(static argument => argument.Operator == ArgumentOperator.None)
        .Select(static argument => argument.Value!);

    /// <summary>The value at that place among those without a name, or null.</summary>
    public ScriptValue? At(int index) => Unnamed.ElementAtOrDefault(index);

    /// <summary>The value of that name, or null.</summary>
    public ScriptValue? Named(string name)
    {
        foreach (Argument argument in statement.Arguments)
        {
            if (argument.Name == name && argument.Operator == ArgumentOperator.Assign)
            {
                return argument.Value;
            }
        }

        return null;
    }

    public ScriptValue Require(string name) =>
        Named(name) ?? throw new ScriptError(statement.CommandSpan, $"{statement.Command} without {name}=", $"{name}=");

    public ScriptValue Require(int index, string what) =>
        At(index) ?? throw new ScriptError(statement.CommandSpan, $"{statement.Command} without {what}", what);

    /// <summary>Refuses names that the command does not have, and values beyond <paramref name="most"/> without a name.</summary>
    public void Check(int most, params string[] names)
    {
        int unnamed = 0;
        foreach (Argument argument in statement.Arguments)
        {
            unnamed += argument.Operator == ArgumentOperator.None ? 1 : 0;
            if (argument.Operator == ArgumentOperator.None ? unnamed > most : !names.Contains(argument.Name))
            {
                throw new ScriptError(
                    argument.NameSpan.Length > 0 ? argument.NameSpan : argument.Span,
                    $"{statement.Command} does not take this", names.Length == 0 ? null : string.Join("= or ", names) + "=", names);
            }
        }
    }
}
