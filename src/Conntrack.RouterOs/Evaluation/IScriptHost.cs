using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Evaluation;

/// <summary>Who carries out the commands of menus that a running script comes to, and answers what it asks of them.</summary>
interface IScriptHost
{
    /// <summary>Whether the command acts, so that its arguments have to be computed first; others are only reported.</summary>
    bool Acts(Statement statement);

    /// <summary>Carries out a command whose arguments are text, or <c>[ find … ]</c> of its menu where they say which entries are meant.</summary>
    void Execute(Statement statement);

    /// <summary>Null when the menu cannot be asked.</summary>
    IMenuQuery? QueryOf(Menu menu);

    /// <summary>Shows a line that the script puts out; false when there is nobody to show it to, which is then not even computed.</summary>
    bool Shows { get; }

    void Show(string text);
}
