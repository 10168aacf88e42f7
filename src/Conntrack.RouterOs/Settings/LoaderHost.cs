using Conntrack.RouterOs.Evaluation;
using Conntrack.RouterOs.Language;
using Conntrack.RouterOs.Menus;

namespace Conntrack.RouterOs.Settings;

/// <summary>A script that is loaded: its commands change the configuration, and there is nobody to show anything to.</summary>
sealed class LoaderHost(Loading loading) : IScriptHost
{
    public bool Shows => false;

    public bool Acts(Statement statement) => ScriptLoader.Acts((Menu)statement.Menu);

    public void Execute(Statement statement) => ScriptLoader.Execute(statement, loading);

    public IMenuQuery? QueryOf(Menu menu) => ScriptLoader.QueryOf(menu);

    public void Show(string text)
    {
    }
}
