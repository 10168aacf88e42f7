using System.Text;
using Conntrack.RouterOs.Language;

namespace Conntrack.Control.Settings;

/// <summary>
/// One command of a menu, put together from properties. What the menu finds wrong with it is told by property again, so that a change
/// that comes as fields is checked by the same words as a script's.
/// </summary>
public sealed class MenuCommand
{
    readonly StringBuilder _text = new();
    readonly List<(string Property, int Start)> _properties = [];

    /// <param name="path">The menu: <c>/ip firewall filter</c>.</param>
    /// <param name="command">What to do there: <c>set</c>.</param>
    public MenuCommand(string path, string command) => _text.Append(path).Append(' ').Append(command);

    public string Text => _text.ToString();

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _properties.Count == 0;

    /// <summary>A property with its value as text; quoted where needed.</summary>
    /// <param name="property">Name in the menu.</param>
    /// <param name="value">Unquoted; with <paramref name="negatable"/> a leading <c>!</c> negates.</param>
    /// <param name="negatable">Whether the property can be negated.</param>
    public MenuCommand Add(string property, string value, bool negatable = false)
    {
        bool negated = negatable && value.StartsWith('!');
        Begin(property);
        _text.Append(property).Append('=').Append(negated ? "!" : "").Append(ScriptText.Quote(negated ? value[1..] : value));
        return this;
    }

    /// <summary>A property as if it had never been set.</summary>
    public MenuCommand Unset(string property)
    {
        Begin(property);
        _text.Append('!').Append(property);
        return this;
    }

    /// <summary>A bare word: the entry that is meant.</summary>
    public MenuCommand Word(string word)
    {
        _text.Append(' ').Append(word);
        return this;
    }

    /// <summary>The property at a diagnostic's column (from 1); empty in front of the first.</summary>
    public string PropertyAt(int column) => _properties.LastOrDefault(property => property.Start < column).Property ?? "";

    void Begin(string property)
    {
        _text.Append(' ');
        _properties.Add((property, _text.Length));
    }
}
