using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Names;

/// <summary>What names have to be when a script ends. Between its lines two may share one: that is how they exchange theirs.</summary>
static class NameChecks
{
    /// <summary>Reports each name that the script gave although another has it too, at the later of the two.</summary>
    public static void Report(Loading loading)
    {
        foreach ((NameKey key, SourceSpan span) in loading.NameSpans.OrderBy(static entry => entry.Value.Start))
        {
            if (loading.Names.NameOf(key) is not string name)
            {
                continue;
            }

            NameKey? other = loading.Names.Named(key.Scope, name).Cast<NameKey?>().FirstOrDefault(other => other != key);
            if (other is { } owner && !(loading.NameSpans.TryGetValue(owner, out SourceSpan otherSpan) && otherSpan.Start > span.Start))
            {
                loading.Diagnostics.Error(
                    span, $"the name {DiagnosticSink.Quote(name)} is that of {owner.Owner()} too", "a name of its own");
            }
        }
    }
}
