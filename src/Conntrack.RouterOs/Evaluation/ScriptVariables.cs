namespace Conntrack.RouterOs.Evaluation;

/// <summary>A variable's place. Global ones are shared by every scope that declares their name.</summary>
sealed class Variable(ScriptData value)
{
    public ScriptData Value { get; set; } = value;
}

/// <summary>The variables of one block and, through it, of those around it; a function sees only its arguments and what it declares.</summary>
sealed class VariableScope(VariableScope? outer)
{
    Dictionary<string, Variable>? _own;

    public VariableScope? Outer { get; } = outer;

    public void Declare(string name, Variable variable) => (_own ??= [])[name] = variable;

    /// <summary>The variable of that name that is nearest, or null; <paramref name="visited"/>: how many blocks were looked through.</summary>
    public Variable? Find(string name, out int visited)
    {
        visited = 0;
        for (VariableScope? scope = this; scope is not null; scope = scope.Outer)
        {
            visited++;
            if (scope._own is not null && scope._own.TryGetValue(name, out Variable? variable))
            {
                return variable;
            }
        }

        return null;
    }

    /// <summary>Every name that can be used here, for "did you mean".</summary>
    public IEnumerable<string> Names
    {
        get
        {
            for (VariableScope? scope = this; scope is not null; scope = scope.Outer)
            {
                foreach (string name in scope._own?.Keys ?? Enumerable.Empty<string>())
                {
                    yield return name;
                }
            }
        }
    }
}
