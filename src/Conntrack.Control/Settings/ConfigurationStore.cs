using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Settings;

namespace Conntrack.Control.Settings;

/// <summary>
/// The configuration in force. Changes come one after the other, each whole or not at all: read by its menu, published, and only then what
/// others see.
/// </summary>
/// <param name="initial">What the router started with.</param>
/// <param name="publish">Brings a configuration into force. What it throws leaves the old one.</param>
public sealed class ConfigurationStore(RouterConfiguration initial, Action<RouterConfiguration> publish)
{
    readonly Lock _changes = new();
    volatile RouterConfiguration _current = initial;

    public RouterConfiguration Current => _current;

    /// <summary>Carries out one command of a menu.</summary>
    /// <returns>The configuration with the change in force.</returns>
    /// <exception cref="ConfigurationRefusedException">The menu finds fault with it, or it cannot be brought into force.</exception>
    public RouterConfiguration Change(MenuCommand command)
    {
        lock (_changes)
        {
            LoadResult result = ScriptLoader.Load("change", command.Text, _current);
            if (result.Configuration is not { } changed)
            {
                throw new ConfigurationRefusedException(
                    [.. result.Diagnostics.Where(finding => finding.Severity == Severity.Error).Select(finding => Problem(finding, command))]);
            }

            Publish(changed);
            return changed;
        }
    }

    /// <summary>Makes a change that no command of a menu expresses. The function sees the configuration in force and may refuse.</summary>
    public RouterConfiguration Change(Func<RouterConfiguration, RouterConfiguration> change)
    {
        lock (_changes)
        {
            RouterConfiguration changed = change(_current);
            Publish(changed);
            return changed;
        }
    }

    /// <summary>Makes <paramref name="changed"/> the configuration if <paramref name="expected"/> still is; false when it is not.</summary>
    public bool TryReplace(RouterConfiguration expected, RouterConfiguration changed)
    {
        lock (_changes)
        {
            if (!ReferenceEquals(expected, _current))
            {
                return false;
            }

            Publish(changed);
            return true;
        }
    }

    void Publish(RouterConfiguration changed)
    {
        // By reference: rules that say the same under other ids are other rules, with other counters.
        if (!ReferenceEquals(changed, _current))
        {
            publish(changed);
            _current = changed;
        }
    }

    static PropertyProblem Problem(Diagnostic finding, MenuCommand command)
    {
        string expected = finding.Expected is null ? "" : $", expected {finding.Expected}";
        string nearest = finding.Nearest is null ? "" : $", did you mean {finding.Nearest}?";
        return new PropertyProblem(command.PropertyAt(finding.Column), finding.Message + expected + nearest);
    }
}
